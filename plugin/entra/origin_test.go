package entra_test

import (
	"context"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The header Origin goes to the token endpoint with each of a person's requests, and to no other endpoint.
func TestOrigin(t *testing.T) {
	sim, s, _ := start(t)
	sim.Set(func(o *entratest.Settings) { o.SinglePage = true })
	r := request(sim)
	r.Origin = "localhost"
	session := signIn(t, sim, s, r, entratest.Alice)
	if _, err := s.Silent().Token(context.Background(), r, session); err != nil {
		t.Fatal(err)
	}
	grants := map[string]int{}
	for _, sent := range sim.RequestLog() {
		switch {
		case sent.Endpoint == "token" && sent.Origin == "localhost":
			grants[sent.Grant]++
		case sent.Endpoint == "token" || sent.Origin != "":
			t.Errorf("%s with the Origin %q", sent.Path, sent.Origin)
		}
	}
	if grants["device_code"] == 0 || grants["refresh_token"] != 1 || sim.Requests("devicecode") != 1 {
		t.Errorf("%v", grants)
	}
	r.Origin = ""
	if _, err := s.Silent().Token(context.Background(), r, session); err == nil {
		t.Error("without the header the refresh token served")
	}

	// an application has no redirect URI
	sim.ResetRequests()
	secret := cache.NewSecret(sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour))
	r.Origin, r.Client = "localhost", entratest.DaemonID
	if _, err := s.Application(func(context.Context) (entra.Proof, error) { return entra.SecretProof(secret) }).Token(context.Background(), r, cache.Session{}); err != nil {
		t.Error(err)
	}
	for _, sent := range sim.RequestLog() {
		if sent.Origin != "" {
			t.Errorf("%s of an application with the Origin %q", sent.Path, sent.Origin)
		}
	}
}
