package entra_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

const (
	appSecret   = "the-secret-of-the-application"
	appAnswer   = `{"token_type":"Bearer","access_token":"an-access-token","expires_in":3599}`
	wrongSecret = `{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: x","error_codes":[7000215],` +
		`"correlation_id":"4f0b6a1c-0e7b-4f0a-9d5e-1c1d3c1f7b11"}`
)

// tokenService is an authority that gives one answer after the other, the last one again and again, and keeps what it was sent.
type tokenService struct {
	entra.Service
	forms  []url.Values
	proofs int // how often the application was asked what it shows
}

type appReply struct {
	status int
	body   string
}

func answering(t *testing.T, replies ...appReply) *tokenService {
	s := &tokenService{}
	host, roots := canned(t, func(w http.ResponseWriter, req *http.Request) {
		if err := req.ParseForm(); err != nil {
			t.Error(err)
		}
		a := replies[min(len(s.forms), len(replies)-1)]
		s.forms = append(s.forms, req.PostForm)
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.body)
	})
	s.Authority = authority.Authority{Host: host, Roots: roots}
	s.SetSleep(func(context.Context, time.Duration) error { return nil })
	return s
}

func (s *tokenService) application() plugin.Source {
	return s.Application(func(context.Context) (entra.Proof, error) {
		s.proofs++
		return entra.SecretProof(cache.NewSecret(appSecret))
	})
}

func (s *tokenService) request(scopes ...string) plugin.Request {
	return plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: s.Authority.Host, Client: entratest.ClientID},
		Tenant: entratest.TenantContoso, Kind: cache.Access, Credential: "secret", Scopes: scopes}}
}

// An application gets what its roles give: the service is asked for the resource as a whole, whatever scopes of it the
// caller names, and the answer needs no more than a token.
func TestApplication(t *testing.T) {
	t.Setenv("MSAL_FORCE_REGION", "westeurope")
	for asked, want := range map[string]string{
		"api://a/.default": "api://a/.default", "https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read openid": "https://graph.microsoft.com/.default",
		"https://manage.example//.default": "https://manage.example//.default",
	} {
		s := answering(t, appReply{503, "{}"}, appReply{200, appAnswer})
		r := s.request(strings.Fields(asked)...)
		r.Claims = `{"access_token":{"nbf":{"essential":true}}}`
		g, err := s.application().Token(t.Context(), r, cache.Session{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.forms) != 2 || s.proofs != 1 {
			t.Errorf("%s: %d requests with %d proofs", asked, len(s.forms), s.proofs)
		}
		form := s.forms[1]
		if form.Get("grant_type") != "client_credentials" || form.Get("client_secret") != appSecret || form.Get("client_id") != entratest.ClientID ||
			strings.Fields(form.Get("scope"))[0] != want || !strings.Contains(form.Get("claims"), "nbf") {
			t.Errorf("%s: sent %v", asked, form)
		}
		token := g.Token
		if token.Value.Reveal() != "an-access-token" || token.Account != "" || token.Tenant != entratest.TenantContoso || token.Kind != cache.Access ||
			token.Expires.Sub(token.Obtained) != 3599*time.Second || !g.Session.IsZero() {
			t.Errorf("%s: got %+v", asked, g)
		}
	}
}

// What an application can't have is refused before anything is read or sent.
func TestApplicationRefuses(t *testing.T) {
	s := answering(t, appReply{200, appAnswer})
	for what, change := range map[string]func(*plugin.Request){
		"an ID token":               func(r *plugin.Request) { r.Kind = cache.ID },
		"none is named":             func(r *plugin.Request) { r.Tenant = "organizations" },
		"two resources, a and b":    func(r *plugin.Request) { r.Scopes = []string{"a/x", "b/x"} },
		"nothing of what the token": func(r *plugin.Request) { r.Scopes = []string{"openid"} },
	} {
		r := s.request("a/x")
		change(&r)
		_, err := s.application().Token(t.Context(), r, cache.Session{})
		if unfit, ok := errors.AsType[*plugin.MachineError](err); !ok || !strings.Contains(err.Error(), what) || unfit.Hint == "" || failure.Of(err) != failure.Config {
			t.Errorf("%s: %v", what, err)
		}
	}
	if len(s.forms) != 0 || s.proofs != 0 {
		t.Errorf("%d requests, %d proofs", len(s.forms), s.proofs)
	}
}

// A refusal is explained as one of an application, and never asks for a sign-in.
func TestApplicationRefused(t *testing.T) {
	for body, what := range map[string]string{
		wrongSecret: "the client secret is wrong",
		`{"error":"invalid_grant","error_description":"AADSTS50173: revoked"}`: "the sign-in was revoked",
		`{"error":"invalid_client","error_description":"AADSTS7000216: x"}`:    "the service found no secret, certificate or assertion",
		`{"error":"invalid_grant"}`:        "the service does not take what the application shows",
		`{"error":"interaction_required"}`: "the service wants to see the person",
		`{"error":"unauthorized_client"}`:  "the application may not sign in like this",
	} {
		s := answering(t, appReply{401, body})
		_, err := s.application().Token(t.Context(), s.request("a/x"), cache.Session{})
		refusal, ok := errors.AsType[*entra.Error](err)
		if !ok || failure.Of(err) != failure.Refused {
			t.Errorf("%s: %v", body, err)
			continue
		}
		if e := refusal.Explain(); !strings.Contains(e.What, what) || e.SignIn || strings.Contains(e.Remedy, "sign in again") {
			t.Errorf("%s: %+v", body, e)
		}
		if strings.Contains(err.Error(), appSecret) || len(s.forms) != 1 {
			t.Errorf("%s: %v, %d requests", body, err, len(s.forms))
		}
	}
}

func TestApplicationAnswers(t *testing.T) {
	for body, good := range map[string]bool{
		`{"token_type":"pop","access_token":"a","expires_in":3599}`:                   false,
		`{"token_type":"Bearer","expires_in":3599}`:                                   false,
		`{"token_type":"Bearer","access_token":"a"}`:                                  false,
		`{"token_type":"Bearer","access_token":"a b","expires_in":3599}`:              false,
		`{"token_type":"Bearer","access_token":"a","expires_in":3599,"expires_in":1}`: false,
		`<html>`: false,
		`{"token_type":"Bearer","access_token":"a","expires_in":"86399","id_token":"x","refresh_token":"r"}`: true,
	} {
		s := answering(t, appReply{200, body})
		g, err := s.application().Token(t.Context(), s.request("a/x"), cache.Session{})
		_, malformed := errors.AsType[*https.AnswerError](err)
		if good != (err == nil) || !good && !malformed || !good && !g.Token.Value.IsZero() || !g.Session.IsZero() {
			t.Errorf("%s: %+v, %v", body, g, err)
		}
	}
}

// What a certificate's key signs is a token as Microsoft describes it: PS256, named by the SHA-256 of the certificate, for
// the token endpoint alone, for ten minutes; with the chain where that is wanted, the certificate first.
//
// See https://learn.microsoft.com/entra/identity-platform/certificate-credentials.
func TestApplicationAssertion(t *testing.T) {
	sim := entratest.NewServer()
	defer sim.Close()
	authority := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "authority", CA: true})
	middle := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "middle", CA: true, Issuer: authority})
	c := entratest.NewCertificate(sim, entratest.CertificateOptions{Subject: "daemon", Issuer: middle})
	for _, withChain := range []bool{false, true} {
		s := answering(t, appReply{503, "{}"}, appReply{200, appAnswer})
		prove := func(context.Context) (entra.Proof, error) { return entra.CertificateProof(c.Chain, c.Key, withChain) }
		if _, err := s.Application(prove).Token(t.Context(), s.request("a/x"), cache.Session{}); err != nil {
			t.Fatal(err)
		}
		form := s.forms[1]
		if form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" || form.Has("client_secret") ||
			form.Get("client_assertion") != s.forms[0].Get("client_assertion") {
			t.Errorf("sent %v", form)
		}
		parts, err := claims.Parts(form.Get("client_assertion"))
		if err != nil {
			t.Fatal(err)
		}
		var header struct {
			Alg, Typ string
			SHA256   string   `json:"x5t#S256"`
			Chain    []string `json:"x5c"`
		}
		var body struct {
			Aud, Iss, Sub, Jti string
			Exp, Nbf           int64
		}
		if err := errors.Join(json.Unmarshal(parts[0], &header), json.Unmarshal(parts[1], &body)); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(c.Chain[0].Raw)
		if header.Alg != "PS256" || header.Typ != "JWT" || header.SHA256 != base64.StdEncoding.EncodeToString(sum[:]) || withChain != (len(header.Chain) == 2) ||
			withChain && header.Chain[0] != base64.StdEncoding.EncodeToString(c.Chain[0].Raw) {
			t.Errorf("the header is %+v", header)
		}
		endpoint := "https://" + s.Authority.Host + "/" + entratest.TenantContoso + "/oauth2/v2.0/token"
		if body.Aud != endpoint || body.Iss != entratest.ClientID || body.Sub != entratest.ClientID || body.Jti == "" || body.Exp-body.Nbf != 600 {
			t.Errorf("the token is %+v", body)
		}
	}
}

// Whatever is wrong with what an application shows, its own words say it.
func TestApplicationWithoutProof(t *testing.T) {
	s := answering(t, appReply{200, appAnswer})
	unread := errors.New("the file is not there")
	_, err := s.Application(func(context.Context) (entra.Proof, error) { return entra.Proof{}, unread }).Token(t.Context(), s.request("a/x"), cache.Session{})
	if !errors.Is(err, unread) || len(s.forms) != 0 {
		t.Errorf("got %v", err)
	}
}
