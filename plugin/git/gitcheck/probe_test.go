package gitcheck

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/https"
)

const (
	tenant      = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	otherTenant = "fab21ca0-2b3c-4d5e-9f60-7a8b9cadbecf"
	azure       = "499b84ac-1321-427f-aa17-267ca6975798"
	secret      = "eyJhbGciOiJub25lIn0.hunter2"
)

// now is the time of this machine and of the server in the tests.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func asked() cache.Key { return cache.Key{Tenant: tenant, Scopes: []string{azure + "/.default"}} }

func claimsOf() claims.Claims {
	return claims.Claims{Audience: []string{azure}, Tenant: tenant, Expires: now.Add(time.Hour), NotBefore: now.Add(-time.Minute)}
}

// stand answers one request.
type stand struct {
	status int
	header http.Header
	body   string

	seen []*http.Request
}

func (s *stand) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	s.seen = append(s.seen, req)
	w.Header().Set("Date", now.Format(http.TimeFormat))
	for name, values := range s.header {
		w.Header()[name] = values
	}
	w.WriteHeader(s.status)
	w.Write([]byte(s.body))
}

// probe asks a server that answers like s, with a token unless change takes it away.
func (s *stand) probe(t *testing.T, change func(*Probe)) []check.Finding {
	t.Helper()
	server := httptest.NewTLSServer(s)
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	target, err := ParseURL(server.URL + "/contoso/p/_git/r")
	if err != nil {
		t.Fatal(err)
	}
	p := Probe{Target: target, Probe: check.Probe{HTTPS: https.Options{Roots: roots}, Token: cache.NewSecret(secret), Claims: claimsOf(), Account: "alice@contoso.example",
		Asked: asked(), SignIn: "entralogin login", Again: "entralogin logout", Now: func() time.Time { return now }}}
	if change != nil {
		change(&p)
	}
	found := p.Check(context.Background())
	for _, f := range found {
		if strings.Contains(f.What+f.Remedy, "hunter2") {
			t.Errorf("a secret in %+v", f)
		}
	}
	return found
}

func challenges(tenant string) http.Header {
	return http.Header{"Www-Authenticate": {"Bearer authorization_uri=https://login.microsoftonline.com/" + tenant, `Basic realm="x"`}}
}

var refs = http.Header{"Content-Type": {"application/x-git-upload-pack-advertisement"}}

// Each answer of a host is seeded once.
func TestProbe(t *testing.T) {
	without := func(p *Probe) { p.Token = cache.Secret{}; p.Account = "" }
	html := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	clock, unchecked := want{"ok", "clock and the server's agree", ""}, want{"warning", "not checked: what 127.0.0.1", ""}
	revoked := want{"warning", "possible: the session was revoked", "logout"}
	form := want{"warning", "possible: the token went there as a password", "2.54"}
	for name, test := range map[string]struct {
		stand
		change func(*Probe)
		wants  []want
	}{
		"accepted": {stand{200, refs, "001e# service", nil}, nil, []want{clock, {"ok", "accepts the token of alice@contoso.example", ""}}},
		"public":   {stand{200, refs, "", nil}, without, []want{unchecked, clock, {"ok", "to everybody", ""}}},
		"wants a token": {stand{401, challenges(tenant), "", nil}, without,
			[]want{unchecked, clock, {"ok", "is reached and wants a token", ""}}},
		"wants a token, after others": {stand{401, http.Header{"Www-Authenticate": {`Negotiate abc==, BASIC realm="x"`}}, "", nil}, without,
			[]want{unchecked, clock, {"ok", "is reached and wants a token", ""}}},
		"wants something with a name like it": {stand{401, http.Header{"Www-Authenticate": {`Basically realm="Basic"`}}, "", nil}, without,
			[]want{unchecked, clock, {"warning", "wants something else", "WWW-Authenticate"}}},
		"names another tenant": {stand{401, challenges(otherTenant), "", nil}, without,
			[]want{unchecked, clock, {"ok", "wants a token", ""}, {"warning", "names another tenant than " + tenant + ": " + otherTenant, "tenant-id"}}},
		"wants something else": {stand{401, http.Header{"Www-Authenticate": {"Negotiate"}}, "", nil}, without,
			[]want{unchecked, clock, {"warning", "wants something else", "WWW-Authenticate"}}},
		"no challenge": {stand{401, nil, "", nil}, without, []want{unchecked, clock, {"warning", "wants something else", "WWW-Authenticate"}}},
		"refused": {stand{401, challenges(tenant), secret, nil}, nil,
			[]want{clock, {"refused", "refuses the token (401)", "run git again"}, form, revoked}},
		"refused as a bearer token": {stand{401, nil, "", nil}, func(p *Probe) { p.Bearer = true },
			[]want{clock, {"refused", "refuses the token (401)", "run git again"}, {"warning", "possible: the token went there as a bearer token", "Authorization: Bearer"}, revoked}},
		"another tenant's": {stand{401, challenges(otherTenant), "", nil}, nil, []want{clock, {"refused", "(401)", "again"},
			{"warning", "possible: 127.0.0.1", "tenant-id"}, form, revoked}},
		"another tenant's, by domain": {stand{401, challenges(otherTenant), "", nil}, func(p *Probe) { p.Asked.Tenant = "contoso.example" },
			[]want{clock, {"refused", "(401)", "again"}, {"warning", "possible: the token is of the tenant " + tenant + ", and the server names " + otherTenant, "logout"}, form, revoked}},
		"wrong audience": {stand{401, nil, "", nil}, func(p *Probe) { p.Claims.Audience = []string{otherTenant} }, []want{clock, {"refused", "(401)", "again"},
			{"warning", "possible: the audience (aud) is " + otherTenant + ", and it was asked for " + azure, "scope"}, form, revoked}},
		"ended over there": {stand{401, http.Header{"Date": {now.Add(2 * time.Hour).Format(http.TimeFormat)}}, "", nil}, nil, []want{
			{"warning", "clock is 2 hours behind", "time server"}, {"refused", "(401)", "again"},
			{"warning", "possible: the token has ended, by the server's clock 60 minutes ago", "time server"}, form, revoked}},
		"not valid yet": {stand{401, http.Header{"Date": {now.Add(-10 * time.Minute).Format(http.TimeFormat)}}, "", nil}, nil, []want{
			{"warning", "clock is 10 minutes ahead", "time server"}, {"refused", "(401)", "again"},
			{"warning", "possible: the token is not valid yet, by the server's clock for another 9 minutes", "time server"}, form, revoked}},
		"no access": {stand{403, nil, "", nil}, nil, []want{clock, {"refused", "grants no access to the repository (403)", "ask for access for alice@contoso.example"}}},
		"not there": {stand{404, nil, "", nil}, nil, []want{clock, {"refused", "not there (404), or hides it from alice@contoso.example", "compare the URL"}}},
		"not there, no token": {stand{404, nil, "", nil}, without,
			[]want{unchecked, clock, {"refused", "hides it from strangers", "entralogin login"}}},
		"203":            {stand{203, html, "<html>", nil}, nil, []want{clock, {"refused", "answered 203, a sign-in page", "again"}, form, revoked}},
		"203, no token":  {stand{203, html, "<html>", nil}, without, []want{unchecked, clock, {"answer", "answered 203, a sign-in page", "browser"}}},
		"302":            {stand{302, http.Header{"Location": {"https://login.example/?hunter2"}}, "", nil}, nil, []want{{"refused", `leads to "login.example"`, "again"}, form, revoked}},
		"302, no token":  {stand{302, http.Header{"Location": {"https://login.example/"}}, "", nil}, without, []want{unchecked, {"answer", `leads to "login.example"`, "browser"}}},
		"a page":         {stand{200, html, "<html>", nil}, nil, []want{clock, {"refused", "answered with a web page", "again"}, form, revoked}},
		"no git":         {stand{200, nil, "{}", nil}, nil, []want{clock, {"answer", "answered 200, and not as a git server does", "URL"}}},
		"teapot":         {stand{418, nil, "", nil}, nil, []want{clock, {"answer", "answered 418", "URL"}}},
		"busy":           {stand{429, nil, "", nil}, nil, []want{clock, {"network", "answered 429", "try again"}}},
		"out of order":   {stand{503, html, "<html>", nil}, nil, []want{clock, {"network", "answered 503", "try again"}}},
		"too large":      {stand{200, refs, strings.Repeat("x", https.MaxBody+1), nil}, nil, []want{{"answer", "is larger than 1 MiB", ""}}},
		"not trusted":    {stand{200, refs, "", nil}, func(p *Probe) { p.HTTPS.Roots = x509.NewCertPool() }, []want{{"network", "not trusted here", "SSL_CERT_FILE"}}},
		"nobody listens": {stand{200, refs, "", nil}, func(p *Probe) { p.Target.Host = "127.0.0.1:1" }, []want{{"network", "can't be reached", "HTTPS_PROXY"}}},
		"no repository":  {stand{200, refs, "", nil}, func(p *Probe) { p.Target.Path = "" }, []want{{"warning", "the URL is not that of a repository", "REPOSITORY"}}},
		"no repository, 2": {stand{200, refs, "", nil}, func(p *Probe) { p.Target.Host, p.Target.Path = "dev.azure.com", "contoso/p" },
			[]want{{"warning", "what dev.azure.com says to git: the URL is not", "_git"}}},
	} {
		t.Run(name, func(t *testing.T) { all(t, test.probe(t, test.change), test.wants...) })
	}
}

// The one request is that of a fetch, with the token in the form in which this git would send it.
func TestProbeSendsWhatGitSends(t *testing.T) {
	password := "Basic " + base64.StdEncoding.EncodeToString([]byte("alice@contoso.example:"+secret))
	ofURL := "Basic " + base64.StdEncoding.EncodeToString([]byte("contoso:"+secret))
	for want, change := range map[string]func(*Probe){
		password:           func(*Probe) {},
		ofURL:              func(p *Probe) { p.Target.User = "contoso" },
		"Bearer " + secret: func(p *Probe) { p.Bearer = true },
		"":                 func(p *Probe) { p.Token = cache.Secret{} },
	} {
		s := &stand{status: 200, header: refs}
		s.probe(t, change)
		if len(s.seen) != 1 || s.seen[0].Method != http.MethodGet || s.seen[0].RequestURI != "/contoso/p/_git/r/info/refs?service=git-upload-pack" {
			t.Fatalf("got %d requests, %+v", len(s.seen), s.seen)
		}
		if got := s.seen[0].Header.Get("Authorization"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A URL that was found is not a way to another host.
func TestProbeStaysWithItsHost(t *testing.T) {
	p := Probe{Target: Target{Scheme: "https", Host: "127.0.0.1:1", Path: "@evil.example/r"}, Probe: check.Probe{Token: cache.NewSecret(secret), Now: time.Now}}
	_, err := p.ask(context.Background())
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}

func TestCheckClaims(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*claims.Claims)
		wants  []want
	}{
		"good":             {func(*claims.Claims) {}, []want{{"ok", "the audience (aud) is " + azure, ""}, {"ok", "it ends in 60 minutes", ""}}},
		"api://":           {func(c *claims.Claims) { c.Audience = []string{"api://" + azure} }, []want{{"ok", "the audience (aud) is api://" + azure, ""}, {"ok", "ends in", ""}}},
		"another audience": {func(c *claims.Claims) { c.Audience = []string{tenant} }, []want{{"warning", "and it was asked for " + azure, "scope"}, {"ok", "ends in", ""}}},
		"no audience":      {func(c *claims.Claims) { c.Audience = nil }, []want{{"warning", "names no audience", "logout"}, {"ok", "ends in", ""}}},
		"audience by name": {func(c *claims.Claims) { c.Audience = []string{"https://git.example"} }, []want{{"ok", "https://git.example", ""}, {"ok", "ends in", ""}}},
		"ended":            {func(c *claims.Claims) { c.Expires = now.Add(-time.Minute) }, []want{{"ok", "aud", ""}, {"ok", "it ended 60 seconds ago", ""}}},
		"no end":           {func(c *claims.Claims) { c.Expires = time.Time{} }, []want{{"ok", "aud", ""}, {"warning", "does not say when it ends", "logout"}}},
		"not yet":          {func(c *claims.Claims) { c.NotBefore = now.Add(time.Minute) }, []want{{"ok", "aud", ""}, {"warning", "not valid before", "time server"}}},
	} {
		c := claimsOf()
		test.change(&c)
		t.Run(name, func(t *testing.T) {
			all(t, []check.Finding{CheckAudience(check.Token, c, asked(), "entralogin logout"), check.Token.Life(c, now, "entralogin logout")}, test.wants...)
		})
	}
}

func TestCheckURL(t *testing.T) {
	for text, wants := range map[string][]want{
		"https://dev.azure.com/contoso/p/_git/r":         {{"ok", "is looked at", ""}},
		"https://Contoso@dev.azure.com/contoso/p/_git/r": {{"ok", "is looked at", ""}, {"ok", "is the organization", ""}},
		"https://a%40b@dev.azure.com/contoso/p/_git/r":   {{"ok", "is looked at", ""}, {"ok", "chooses the account a@b", ""}},
		"https://bob@dev.azure.com/contoso/p/_git/r":     {{"ok", "is looked at", ""}, {"warning", "([redacted]) names no account", "revoked"}},
		"https://bob:hunter2@dev.azure.com/contoso":      {{"ok", "is looked at", ""}, {"configuration", "holds a password", "set-url"}, {"warning", "([redacted]) names no account", "revoked"}},
	} {
		target, err := ParseURL(text)
		if err != nil {
			t.Fatal(err)
		}
		all(t, target.Check(git.Find(target.Input(), nil)), wants...)
	}
	target := devAzure(t)
	target.Remote = "origin"
	has(t, target.Check(git.Find(target.Input(), nil)), want{"ok", "https://dev.azure.com/contoso/p/_git/r is the URL of origin", ""})
}
