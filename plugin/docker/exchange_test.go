package docker

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const inT = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"

func entraToken() cache.Token {
	return cache.Token{Value: cache.NewSecret(secret), Account: "alice@contoso.example", Tenant: inT}
}

// jwt is a token that ends then, as a registry's does; nobody checks who signed it.
func jwt(end time.Time) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part(fmt.Appendf(nil, `{"jti":"1","sub":"alice","exp":%d}`, end.Unix())) + "." + part([]byte("signature"))
}

// registry is a stand-in with the manners of Azure's: without a credential 401 and a Bearer challenge; a token of Entra
// in return for a refresh token of three hours; errors as the distribution specification has them.
type registry struct {
	*httptest.Server
	challenge []string                                       // in place of its own
	answer    func(w http.ResponseWriter, req *http.Request) // in place of its own, to the exchange
	asked     atomic.Int32
	ends      time.Time // of the refresh token
}

func (r *registry) host() string { return strings.TrimPrefix(r.URL, "https://") }

func (r *registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.asked.Add(1)
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	w.Header().Set("X-Ms-Correlation-Request-Id", "r-1")
	switch {
	case req.Method == http.MethodPost && req.URL.RequestURI() == "/oauth2/exchange" && r.answer != nil:
		r.answer(w, req)
	case req.Method == http.MethodPost && req.URL.RequestURI() == "/oauth2/exchange":
		r.exchange(w, req)
	case req.URL.Path == "/v2/" && req.Header.Get("Authorization") == "":
		challenges := r.challenge
		if challenges == nil {
			challenges = []string{fmt.Sprintf("Bearer realm=%q,service=%q", r.URL+"/oauth2/token", r.host())}
		}
		w.Header()["Www-Authenticate"] = challenges
		refuse(w, 401, "UNAUTHORIZED", "authentication required, visit https://aka.ms/acr/authorization for more information.")
	default:
		refuse(w, 404, "NOT_FOUND", "404 page not found")
	}
}

func (r *registry) exchange(w http.ResponseWriter, req *http.Request) {
	want := url.Values{"grant_type": {"access_token"}, "service": {r.host()}, "tenant": {inT}, "access_token": {secret}}
	if err := req.ParseForm(); err != nil || req.PostForm.Encode() != want.Encode() || req.Header.Get("Authorization") != "" || req.URL.RawQuery != "" {
		refuse(w, 400, "INVALID", req.PostForm.Encode())
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(map[string]string{"refresh_token": jwt(r.ends)})
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{"code": code, "message": message, "detail": nil}}})
}

// start starts a registry, and a client that talks to it and to nobody else, and waits for nothing.
func start(t testing.TB) (*registry, *Client, *[]time.Duration) {
	t.Helper()
	r := &registry{ends: time.Now().Add(3 * time.Hour).Truncate(time.Second)}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	roots := x509.NewCertPool()
	roots.AddCert(r.Certificate())
	c, slept := New(r.host(), https.Options{Roots: roots}), new([]time.Duration)
	c.Sleep = func(_ context.Context, d time.Duration) error { *slept = append(*slept, d); return nil }
	return r, c, slept
}

// exchange asks, and checks what has to hold for each error.
func exchange(t testing.TB, c *Client) (cache.Token, error) {
	t.Helper()
	got, err := c.Exchange(t.Context(), inT, entraToken())
	if err != nil {
		if said := err.Error(); !got.Value.IsZero() || strings.Contains(said, secret) || strings.ContainsAny(said, "{}<>") || text.Clean(said) != said {
			t.Errorf("beside a token, or with a secret, raw JSON or raw characters: %q", said)
		}
	}
	return got, err
}

func TestExchange(t *testing.T) {
	r, c, _ := start(t)
	if err := c.Challenge(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := exchange(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if n := r.asked.Load(); n != 2 {
		t.Errorf("%d requests", n)
	}
	if got.Value.Reveal() != jwt(r.ends) || !got.Expires.Equal(r.ends) || got.Account != "alice@contoso.example" || got.Tenant != inT ||
		!got.Fresh(time.Now()) || got.Fresh(time.Now().Add(3*time.Hour)) {
		t.Errorf("%+v", got)
	}
}

// Of a tenant that is not known nothing is said.
func TestExchangeWithoutTenant(t *testing.T) {
	r, c, _ := start(t)
	r.answer = func(w http.ResponseWriter, req *http.Request) {
		if req.ParseForm(); req.PostForm.Has("tenant") {
			t.Error("a tenant")
		}
		fmt.Fprint(w, `{"refresh_token":"opaque"}`)
	}
	got, err := c.Exchange(t.Context(), "", entraToken())
	if err != nil || got.Value.Reveal() != "opaque" || got.Fresh(time.Now()) || got.Valid(time.Now()) {
		t.Errorf("%+v, %v: a token that says no end is handed out, and not kept", got, err)
	}
}

// No token goes to a host that the challenge names, and the registry is asked under the very name that the client used.
func TestChallengeElsewhere(t *testing.T) {
	r, c, _ := start(t)
	own, service := r.URL+"/oauth2/token", r.host()
	of := func(realm, service string) []string {
		return []string{fmt.Sprintf("Bearer realm=%q,service=%q", realm, service)}
	}
	const elsewhere, none = "another host gives out its tokens", "no Bearer challenge"
	for name, test := range map[string]struct {
		challenge []string
		want      string
	}{
		"its own":             {of(own, service), ""},
		"in another order":    {[]string{"Basic realm=x", fmt.Sprintf("bearer service=%q, error=x, realm=%q", strings.ToUpper(service), own)}, ""},
		"the second":          {append(of("https://evil.example/oauth2/token", service), of(own, service)...), ""},
		"another host":        {of("https://evil.example/oauth2/token", service), elsewhere},
		"another port":        {of("https://127.0.0.1:1/oauth2/token", service), elsewhere},
		"a name inside":       {of("https://evil.example/"+service, service), elsewhere},
		"a user name":         {of("https://"+service+"@evil.example/", service), elsewhere},
		"its own with a user": {of("https://u@"+service+"/oauth2/token", service), elsewhere},
		"http":                {of("http://"+service+"/oauth2/token", service), elsewhere},
		"another service":     {of(own, "evil.example"), elsewhere},
		"no service":          {[]string{fmt.Sprintf("Bearer realm=%q", own)}, elsewhere},
		"no realm":            {[]string{fmt.Sprintf("Bearer service=%q", service)}, elsewhere},
		"no address":          {of("https://%zz/", service), elsewhere},
		"Basic":               {[]string{`Basic realm="` + own + `"`}, none},
		"none":                {[]string{}, none},
	} {
		r.challenge = test.challenge
		err := c.Challenge(t.Context())
		if (err != nil) != (test.want != "") || err != nil && (!strings.Contains(err.Error(), test.want) || failure.Of(err) != failure.Answer || strings.Contains(err.Error(), "evil")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChallengeOfOthers(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		want   string
		class  failure.Class
	}{
		"open to all": {200, "asks for no sign-in", failure.Answer}, "no registry": {404, "404 Not Found; it seems to be no container registry", failure.Refused},
		"closed": {403, "role such as AcrPull, or let this network in", failure.Refused}, "elsewhere": {307, `another address (host "evil.example")`, failure.Refused},
	} {
		s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://evil.example/v2/")
			w.WriteHeader(test.status)
		}))
		roots := x509.NewCertPool()
		roots.AddCert(s.Certificate())
		err := New(strings.TrimPrefix(s.URL, "https://"), https.Options{Roots: roots}).Challenge(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) || failure.Of(err) != test.class {
			t.Errorf("%s: %v, %v", name, err, failure.Of(err))
		}
		s.Close()
	}
}

// The token is sent once, to the registry, and by no redirect.
func TestNoRedirect(t *testing.T) {
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host is asked") }))
	defer other.Close()
	r, c, _ := start(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		r.answer = func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, other.URL+"/oauth2/exchange", status)
		}
		_, err := exchange(t, c)
		if link, ok := errors.AsType[*https.ForeignLinkError](err); !ok || link.To != strings.TrimPrefix(other.URL, "https://") {
			t.Errorf("%d: %v", status, err)
		}
	}
	u := &Client{Host: strings.TrimPrefix(other.URL, "https://"), HTTP: c.HTTP, Now: time.Now} // whose client is for another
	if _, err := exchange(t, u); err == nil {
		t.Error("a host is asked that the client is not for")
	}
}

func TestRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"401":            {401, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required."}]}`, "refused /oauth2/exchange: 401 Unauthorized, UNAUTHORIZED: authentication required; it takes no token of this account, or of this tenant: name the tenant that the registry is in (request ID r-1)"},
		"a firewall":     {403, `{"errors":[{"code":"DENIED","message":"client with IP '192.0.2.1' is not allowed access."}]}`, "DENIED: client with IP '192.0.2.1' is not allowed access; whoever manages it"},
		"ESC, bidi":      {400, `{"errors":[{"code":"B\u001b[31m","message":"x\u202ey"},{"code":"second"}]}`, "400 Bad Request, B[31m: xy (request"},
		"JSON inside":    {400, `{"errors":[{"code":"X","message":"{\"a\":1}"}]}`, "400 Bad Request, X (request"},
		"a token":        {400, `{"errors":[{"code":"X","message":"got ` + jwt(time.Unix(1e9, 0)) + `"}]}`, "X: got "},
		"of other types": {400, `{"errors":[{"code":"Real","message":5}]}`, "400 Bad Request, Real (request"},
		"no list":        {400, `{"errors":"x"}`, "400 Bad Request (request"},
		"no registry":    {405, `<html>`, "it seems to be no container registry of Azure"},
		"an odd success": {204, ``, "204 No Content"},
	} {
		r, c, slept := start(t)
		r.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(test.status); fmt.Fprint(w, test.body) }
		_, err := exchange(t, c)
		refused, ok := errors.AsType[*Error](err)
		if !ok || refused.Status != test.status || failure.Of(err) != failure.Refused || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "eyJ") || len(*slept) > 0 {
			t.Errorf("%s: %v (%T), slept %v", name, err, err, *slept)
		}
	}
}

// A claims challenge asks for another token.
func TestClaimsChallenge(t *testing.T) {
	const wanted = `{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}`
	r, c, _ := start(t)
	r.answer = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(wanted))+`"`)
		refuse(w, 401, "UNAUTHORIZED", "x")
	}
	_, err := exchange(t, c)
	if challenge, ok := errors.AsType[*plugin.ChallengeError](err); !ok || challenge.Claims != wanted {
		t.Errorf("%v (%T)", err, err)
	}
}

func TestNonsense(t *testing.T) {
	for name, body := range map[string]string{"empty": "", "cut": `{"refresh_token":"a`, "null": "null", "a list": "[]", "no token": "{}", "an empty one": `{"refresh_token":""}`, "a number": `{"refresh_token":5}`,
		"a newline": `{"refresh_token":"a\nb"}`, "a blank": `{"refresh_token":"a b"}`, "no ASCII": `{"refresh_token":"ä"}`, "long": `{"refresh_token":"` + strings.Repeat("x", claims.MostPassedOn+1) + `"}`,
		"a page": "<html>", "larger": strings.Repeat(" ", mostAnswer+1) + "{}", "another's": `{"access_token":"a"}`} {
		r, c, _ := start(t)
		r.answer = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
		if _, err := exchange(t, c); failure.Of(err) != failure.Answer {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBusy(t *testing.T) {
	for name, test := range map[string]struct {
		times, status int
		slept         []time.Duration
		fails         string
	}{
		"once": {1, 429, []time.Duration{3 * time.Second}, ""}, "for ever": {99, 503, []time.Duration{3 * time.Second, 3 * time.Second, 3 * time.Second}, "after 4 tries"},
	} {
		r, c, slept := start(t)
		n := 0
		r.answer = func(w http.ResponseWriter, req *http.Request) {
			if n++; n > test.times {
				r.exchange(w, req)
				return
			}
			w.Header().Set("Retry-After", "3")
			refuse(w, test.status, "TOOMANYREQUESTS", "x")
		}
		_, err := exchange(t, c)
		if !slices.Equal(*slept, test.slept) || (err != nil) != (test.fails != "") || err != nil && (!strings.Contains(err.Error(), test.fails) || failure.Of(err) != failure.Network) {
			t.Errorf("%s: slept %v, %v", name, *slept, err)
		}
	}
}

// A signal ends the asking, and is no fault of the network.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	r, c, _ := start(t)
	r.answer = func(_ http.ResponseWriter, req *http.Request) {
		io.Copy(io.Discard, req.Body) // before that a server does not notice that the client has gone
		cancel(stopped)
		<-req.Context().Done()
	}
	if _, err := c.Exchange(ctx, inT, entraToken()); !errors.Is(err, stopped) {
		t.Errorf("%v (%T)", err, err)
	}
}

// Whatever a registry answers, what comes of it is a token that can be passed on, or an error in clean words without a
// secret.
func FuzzExchange(f *testing.F) {
	r, c, _ := start(f)
	for _, seed := range []string{`{"refresh_token":"` + jwt(time.Unix(1e9, 0)) + `"}`, `{"refresh_token":"a.b.c"}`, `{"errors":[{"code":"A","message":"B"}]}`, "<html>", ""} {
		f.Add(200, "application/json", "", seed)
		f.Add(401, "", `Bearer realm="https://evil.example",service="x", claims="e30="`, seed)
	}
	f.Fuzz(func(t *testing.T, status int, kind, challenge, body string) {
		if status < 200 || status > 599 || https.IsBusy(status) {
			return
		}
		r.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
		got, err := exchange(t, c)
		if err != nil {
			return
		}
		var out rig.OneWrite
		if err := (Input{Server: "x"}).Answer(&out, got); err != nil {
			t.Errorf("%q gives a token that can't be passed on: %v", body, err)
		}
	})
}

// A registry may write its own name in another way, and no other name is its own.
func TestIsItself(t *testing.T) {
	c := Client{Host: "contoso.azurecr.io"}
	for host, want := range map[string]bool{"contoso.azurecr.io": true, "Contoso.AzureCR.io": true, "contoso.azurecr.io:443": true,
		"contoso.azurecr.io:8443": false, "contoso.azurecr.io.": false, "": false, "evil.example": false, "contoso.azurecr.io.evil.example": false} {
		if c.isItself(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}
