package entratest_test

import (
	"context"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Forty clients sign in and refresh while settings, faults and counters are read and written.
func TestConcurrency(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	ctx, cancel := context.WithCancel(t.Context())
	var meddling, clients sync.WaitGroup
	meddling.Go(func() {
		for ctx.Err() == nil {
			s.Set(func(o *entratest.Settings) { o.EnforceInterval = !o.EnforceInterval })
			s.Fault("keys", entratest.Fault{Status: 500})
			s.ClearFaults()
			s.PendingCodes()
			s.Secrets()
			s.Requests("*")
			time.Sleep(time.Millisecond)
		}
	})
	client := s.Client()
	for range 40 {
		clients.Go(func() {
			tokens := signIn(t, client, s.URL, entratest.TenantContoso, everything)
			token, ok := tokens["refresh_token"].(string)
			if !ok {
				t.Error("no refresh token")
				return
			}
			_, answer := post(t, client, s.URL+"/common/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID},
				"grant_type": {"refresh_token"}, "refresh_token": {token}, "scope": {entratest.ServerID + "/.default"}})
			raw, _ := answer["access_token"].(string)
			if _, err := s.VerifyToken(raw, entratest.ServerID); err != nil {
				t.Error(err)
			}
		})
	}
	clients.Wait()
	cancel()
	meddling.Wait()
	if n := s.Requests("*"); n != 120 {
		t.Errorf("%d requests, want 120", n)
	}
}

// With strict rotation one of many uses of the same refresh token is served, and the sign-in is lost to all.
func TestConcurrentRotation(t *testing.T) {
	s := newServer(t)
	s.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	s.AutoApprove(entratest.Alice, 0)
	token := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)["refresh_token"].(string)
	s.Fault("token", entratest.Fault{Delay: 200 * time.Millisecond}) // so that all of them have a connection when it begins
	var mu sync.Mutex
	var served []string
	var all sync.WaitGroup
	client := s.Client()
	for range 10 {
		all.Go(func() {
			_, answer := post(t, client, s.URL+"/common/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID},
				"grant_type": {"refresh_token"}, "refresh_token": {token}, "scope": {everything}})
			if fresh, ok := answer["refresh_token"].(string); ok {
				mu.Lock()
				defer mu.Unlock()
				served = append(served, fresh)
			}
		})
	}
	all.Wait()
	if len(served) != 1 {
		t.Fatalf("%d of 10 were served", len(served))
	}
	status, body := renew(t, s, "common", served[0], everything)
	wantError(t, status, body, "invalid_grant", 50173)
}
