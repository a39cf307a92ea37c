package entra_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/text"
)

// seeds are answers of the token endpoint, good and bad.
func seeds(f *testing.F) {
	f.Helper()
	f.Add([]byte(tokenBody(nil)))
	f.Add([]byte(with("id_token", idToken(`{"exp":1790000000,"preferred_username":"a@b.c","oid":"o","tid":"t","aud":"x"}`))))
	f.Add([]byte(with("id_token", idToken(`{"exp":1790000000,"AdditionalFields":7}`))))
	f.Add([]byte(with("id_token", idToken(`{"exp":1790000000,"aud":["x"]}`))))
	f.Add([]byte(with("client_info", `"eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ"`)))
	for _, bad := range badTokenBodies() {
		if len(bad[0]) < 1000 {
			f.Add([]byte(bad[0]))
		}
	}
}

// FuzzTokenAnswer lets MSAL work with whatever passes the check: it must get on with it, and nothing that
// is said about the rest may show what was in it.
func FuzzTokenAnswer(f *testing.F) {
	seeds(f)
	var body []byte
	host, roots := canned(f, func(w http.ResponseWriter, req *http.Request) { w.Write(body) })
	s := &entra.Service{Authority: authority.Authority{Host: host, Roots: roots}, Discovery: &documents{}}
	r := plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: host, Client: entratest.ClientID},
		Tenant: entratest.TenantContoso, Scopes: kubernetes, Kind: cache.Access}}
	session := cannedSession(f, host)
	f.Fuzz(func(t *testing.T, b []byte) {
		body = b
		view, parseErr := entra.ParseToken(b)
		g, err := s.Silent().Token(t.Context(), r, session)
		if err != nil && parseErr == nil && strings.Contains(err.Error(), "than") {
			return // for another account or tenant
		}
		if (err == nil) != (parseErr == nil) {
			t.Fatalf("parsed with %v, got %v", parseErr, err)
		}
		if view != nil && g.Session.IsZero() {
			t.Fatal("MSAL could not work with the view")
		}
		if err == nil && (g.Token.Value.IsZero() || !g.Token.Expires.After(g.Token.Obtained)) {
			t.Fatalf("token %+v", g.Token)
		}
		if err != nil && (len(err.Error()) > 200 || strings.Contains(err.Error(), "json")) {
			t.Fatalf("error %v", err)
		}
	})
}

// FuzzDeviceAnswer: whatever is shown is fit to be shown, and the wait is bounded.
func FuzzDeviceAnswer(f *testing.F) {
	a := authority.Clouds()[0]
	f.Add([]byte(`{"user_code":"ABCD1234","device_code":"d","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5}`))
	f.Add([]byte(`{"user_code":"AB-CD","device_code":"d","verification_uri":"https://login.microsoftonline.com:443/x?y#z","expires_in":"900","interval":"1e9"}`))
	f.Add([]byte(`{"user_code":"ABCD","device_code":"d","verification_uri":"https://microsoft.com.evil.example/","expires_in":900}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		user, page, interval, err := entra.ParseDeviceCode(b, a)
		if err != nil {
			if user+page != "" || len(err.Error()) > 200 || text.Clean(err.Error()) != err.Error() {
				t.Fatalf("error %q", err)
			}
			return
		}
		u, err := url.Parse(strings.ToLower(page))
		if err != nil || u.Scheme != "https" || u.User != nil || !slices.Contains(append(a.Verification, a.Host), u.Hostname()) {
			t.Fatalf("page %q", page)
		}
		if text.Clean(user) != user || text.Clean(page) != page || len(user) < 4 || len(user) > 32 {
			t.Fatalf("code %q, page %q", user, page)
		}
		if interval < time.Second || interval > time.Minute {
			t.Fatalf("interval %v", interval)
		}
	})
}

// FuzzError: an error answer never makes words that a terminal would obey.
func FuzzError(f *testing.F) {
	f.Add(400, `{"error":"invalid_grant","error_description":"AADSTS50173: x. Trace ID: y","error_codes":[50173],"claims":"{}"}`)
	f.Add(503, "<html>")
	f.Fuzz(func(t *testing.T, status int, body string) {
		e, _ := entra.ParseError(status, http.Header{}, body)
		for _, s := range []string{e.Error(), e.Code, e.Suberror, e.Description, e.CorrelationID, e.TraceID, e.Claims} {
			if text.Clean(s) != s || len(s) > 8<<10 {
				t.Fatalf("%q", s)
			}
		}
	})
}
