package entra_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/pop"
)

const thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"

// boundTo reports whether a token names the key.
func boundTo(t *testing.T, token cache.Token) bool {
	t.Helper()
	parts, err := claims.Parts(token.Value.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return pop.Bound(parts[1], thumbprint)
}

// A session that exists serves a token that is bound to a key with one request, and goes on serving bearer tokens.
func TestSilentBound(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	sim.ResetRequests()
	for _, key := range []string{thumbprint, "", thumbprint} {
		r.KeyID = key
		g, err := s.Silent().Token(t.Context(), r, session)
		if err != nil {
			t.Fatal(err)
		}
		checkToken(t, g.Token, entratest.Alice, entratest.TenantContoso)
		if boundTo(t, g.Token) != (key != "") {
			t.Errorf("with the key %q: wrong", key)
		}
		session = merge(t, session, g)
	}
	if n := sim.Requests("*"); n != 3 {
		t.Errorf("%d requests: %v", n, sim.RequestLog())
	}
}

// A sign-in with a device code is a plain one; the bound token comes of its session.
func TestSignInBound(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
	r := request(sim)
	r.KeyID = thumbprint
	sim.AutoApprove(entratest.Alice, 0)
	g, err := byDevice(s, quiet).Token(t.Context(), r, cache.Session{})
	if err != nil {
		t.Fatal(err)
	}
	checkToken(t, g.Token, entratest.Alice, entratest.TenantContoso)
	if !boundTo(t, g.Token) {
		t.Error("the token is not bound")
	}
	sim.ResetRequests()
	if _, err := s.Silent().Token(t.Context(), r, g.Session); err != nil || sim.Requests("*") != 1 {
		t.Errorf("the session does not serve: %v, %d requests", err, sim.Requests("*"))
	}
}

// A token that is not bound to the key is refused, and the session lives on, though its refresh token serves once.
func TestNotBound(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(map[string]any){
		"bearer":      func(o map[string]any) { o["token_type"] = "Bearer" },
		"no type":     func(o map[string]any) { delete(o, "token_type") },
		"opaque":      func(o map[string]any) { o["access_token"] = "opaque" },
		"other claim": func(o map[string]any) { o["access_token"] = "e30.e30.AA" },
	} {
		t.Run(name, func(t *testing.T) {
			sim, s, _ := start(t)
			sim.Set(func(o *entratest.Settings) { o.RotateStrict = true })
			r := request(sim)
			session := signIn(t, sim, s, r, entratest.Alice)
			r.KeyID = thumbprint
			sim.Fault("token", entratest.Fault{Times: 1, Rewrite: change})
			g, err := s.Silent().Token(t.Context(), r, session)
			var bad *https.AnswerError
			if !errors.As(err, &bad) || !strings.Contains(err.Error(), "bound") || !g.Token.Value.IsZero() {
				t.Fatalf("error %v", err)
			}
			if _, err := s.Silent().Token(t.Context(), r, merge(t, session, g)); err != nil {
				t.Errorf("the session is lost: %v", err)
			}
		})
	}
}

// Where a bearer token is asked for, one with another type is refused as ever.
func TestBoundUnasked(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	r := request(sim)
	session := signIn(t, sim, s, r, entratest.Alice)
	sim.Fault("token", entratest.Fault{Times: 1, Rewrite: func(o map[string]any) { o["token_type"] = "pop" }})
	if _, err := s.Silent().Token(t.Context(), r, session); err == nil || !strings.Contains(err.Error(), "no bearer token") {
		t.Error(err)
	}
}

// What fails once somebody has signed in is no reason to sign in again, and their session is kept.
func TestSignInNotBound(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	r := request(sim)
	r.KeyID = thumbprint
	sim.AutoApprove(entratest.Alice, 0)
	sim.Fault("token", entratest.Fault{Times: 1, Grant: "refresh_token", Error: &entratest.OAuthError{Error: "interaction_required", AADSTS: 50076}})
	g, err := byDevice(s, quiet).Token(t.Context(), r, cache.Session{})
	var refused *plugin.RefusedError
	if !errors.As(err, &refused) || g.Session.IsZero() || !g.Token.Value.IsZero() {
		t.Errorf("error %T %v", err, err)
	}
	sim.Set(func(o *entratest.Settings) { o.OmitRefreshToken = true })
	_, err = byDevice(s, quiet).Token(t.Context(), r, cache.Session{})
	if bad := (*https.AnswerError)(nil); !errors.As(err, &bad) {
		t.Errorf("error %T %v", err, err)
	}
}

func TestApplicationBound(t *testing.T) {
	t.Parallel()
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"cnf":{"kid":"` + thumbprint + `"}}`))
	answer := func(kind, token string) appReply {
		return appReply{http.StatusOK, `{"token_type":"` + kind + `","access_token":"` + token + `","expires_in":3599}`}
	}
	s := answering(t, answer("pop", "e30."+claims+".AA"), answer("Bearer", "e30."+claims+".AA"), answer("pop", "e30.e30.AA"), answer("pop", "opaque"))
	r := s.request(entratest.ServerID + "/.default")
	r.KeyID = thumbprint
	g, err := s.application().Token(t.Context(), r, noSession)
	if err != nil || !boundTo(t, g.Token) {
		t.Fatal(err)
	}
	if form := s.forms[0]; form.Get("token_type") != "pop" || form.Get("req_cnf") == "" {
		t.Errorf("sent %v", form)
	}
	for range 3 {
		g, err := s.application().Token(t.Context(), r, noSession)
		if bad := (*https.AnswerError)(nil); !errors.As(err, &bad) || !g.Token.Value.IsZero() {
			t.Errorf("error %v", err)
		}
	}
}
