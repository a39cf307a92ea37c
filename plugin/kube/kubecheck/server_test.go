package kubecheck

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// answer is what an API server of the tests says.
type answer struct {
	status int
	kind   string // Content-Type; "" is JSON
	body   string
	header http.Header
	date   time.Time // zero: the time of this machine
}

// apiServer answers like that, and counts.
func apiServer(t *testing.T, a answer) (s *httptest.Server, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	s = quiet(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		requests.Add(1)
		date := a.date
		if date.IsZero() {
			date = now
		}
		w.Header().Set("Date", date.Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json")
		if a.kind != "" {
			w.Header().Set("Content-Type", a.kind)
		}
		for k, v := range a.header {
			w.Header()[k] = v
		}
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	}))
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, requests
}

// quiet is a server, to be started, that keeps to itself what its callers do wrong.
func quiet(h http.Handler) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

func certPEM(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// probe asks s with a token that has these claims.
func probe(t *testing.T, s *httptest.Server, change claimSet) Probe {
	t.Helper()
	all := good()
	for k, v := range change {
		all[k] = v
	}
	return Probe{check.Probe{Token: token(t, all), Claims: read(t, change), Asked: asked(), Again: "entralogin login", Now: func() time.Time { return now }},
		kubeconfig.Cluster{Server: s.URL, CertificateAuthorityData: certPEM(s)}}
}

const whoami = `{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","status":{"userInfo":{"username":%q,"groups":[%s]}}}`

// refusal is the body of a 401 of kube-apiserver.
const refusal = `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`

func TestAnswersToAToken(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat(`"g",`, 12), ",")
	for name, test := range map[string]struct {
		answer answer
		want   want
	}{
		"whoami":         {answer{status: 201, body: fmt.Sprintf(whoami, "alice", `"a","system:authenticated"`)}, want{"ok", "accepts the token: user alice, groups: a, system:authenticated", ""}},
		"12 groups":      {answer{status: 201, body: fmt.Sprintf(whoami, "alice", many)}, want{"ok", "g and 2 more", ""}},
		"no groups":      {answer{status: 200, body: fmt.Sprintf(whoami, "alice", "")}, want{"ok", "groups: none", ""}},
		"ESC":            {answer{status: 201, body: fmt.Sprintf(whoami, "a\u202eb", `"\u001b[2Jx"`)}, want{"ok", "user ab, groups: [2Jx", ""}},
		"nobody":         {answer{status: 201, body: fmt.Sprintf(whoami, "system:anonymous", "")}, want{"refused", "system:anonymous", "Authorization"}},
		"403":            {answer{status: 403, body: `{"kind":"Status"}`}, want{"refused", "(403)", "role bindings"}},
		"401":            {answer{status: 401, body: refusal}, want{"refused", "refuses the token (401)", ""}},
		"old server":     {answer{status: 404, body: `{"kind":"Status"}`}, want{"ok", "accepts the token", ""}},
		"404, nonsense":  {answer{status: 404, body: `{}`}, want{"answer", "answered 404, which makes no sense", "server of the cluster"}},
		"200, nonsense":  {answer{status: 200, body: `{}`}, want{"answer", "answered 200, which makes no sense", "server of the cluster"}},
		"another kind":   {answer{status: 201, body: strings.Replace(fmt.Sprintf(whoami, "alice", ""), "SelfSubjectReview", "TokenReview", 1)}, want{"answer", "makes no sense", "server of the cluster"}},
		"400":            {answer{status: 400, body: refusal}, want{"answer", "answered 400, which makes no sense", "server of the cluster"}},
		"418":            {answer{status: 418}, want{"answer", "answered 418, which makes no sense", "server of the cluster"}},
		"web page":       {answer{status: 200, kind: "text/html; charset=utf-8", body: "hello"}, want{"answer", "with a web page", "sign-in"}},
		"web page, 401":  {answer{status: 401, kind: "text/plain", body: "\n<html>"}, want{"answer", "with a web page", "sign-in"}},
		"redirect":       {answer{status: 302, header: http.Header{"Location": {"https://portal.example/?u=1"}}}, want{"answer", `leads to "portal.example"`, "server of the cluster"}},
		"503":            {answer{status: 503, kind: "text/html", body: "<html>"}, want{"network", "answered 503", "try again"}},
		"429":            {answer{status: 429}, want{"network", "answered 429", "try again"}},
		"2 MiB":          {answer{status: 200, body: strings.Repeat("x", 2<<20)}, want{"answer", "larger than 1 MiB", "server of the cluster"}},
		"cut":            {answer{status: 200, body: "{}", header: http.Header{"Content-Length": {"100"}}}, want{"network", "broke off", "server of the cluster"}},
		"clock, ahead":   {answer{status: 201, body: fmt.Sprintf(whoami, "alice", ""), date: now.Add(-7 * time.Minute)}, want{"warning", "clock is 7 minutes ahead", "time server"}},
		"clock, behind":  {answer{status: 201, body: fmt.Sprintf(whoami, "alice", ""), date: now.Add(2 * time.Minute)}, want{"warning", "clock is 2 minutes behind", "time server"}},
		"clock, a bit":   {answer{status: 201, body: fmt.Sprintf(whoami, "alice", ""), date: now.Add(59 * time.Second)}, want{"ok", "agree", ""}},
		"clock, unknown": {answer{status: 201, body: fmt.Sprintf(whoami, "alice", ""), header: http.Header{"Date": {"yesterday"}}}, want{"ok", "accepts the token", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			s, requests := apiServer(t, test.answer)
			found := probe(t, s, nil).Check(context.Background())
			if name == "old server" {
				one(t, found[2:], want{"warning", "not checked: whom the API server takes the token for", ""})
				found = found[:2]
			}
			one(t, found, test.want)
			if requests.Load() != 1 {
				t.Errorf("%d requests", requests.Load())
			}
		})
	}
}

func TestAnswersWithoutAToken(t *testing.T) {
	for name, test := range map[string]struct {
		answer answer
		want   want
	}{
		"version":  {answer{status: 200, body: `{"gitVersion":"v1.36.0\u001b"}`}, want{"ok", "is reached: Kubernetes v1.36.0", ""}},
		"401":      {answer{status: 401, body: refusal}, want{"ok", "is reached and wants a token", ""}},
		"403":      {answer{status: 403}, want{"ok", "is reached and wants a token", ""}},
		"nonsense": {answer{status: 200, body: `{}`}, want{"answer", "makes no sense", "server of the cluster"}},
		"404":      {answer{status: 404}, want{"answer", "makes no sense", "server of the cluster"}},
		"web page": {answer{status: 200, kind: "text/html"}, want{"answer", "with a web page", "sign-in"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := apiServer(t, test.answer)
			p := probe(t, s, nil)
			p.Token = cache.Secret{}
			one(t, p.Check(context.Background()), test.want)
		})
	}
}

// The request is what kubectl would send, and no more.
func TestRequest(t *testing.T) {
	var seen []string
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		seen = append(seen, fmt.Sprintf("%s %s %q %s", req.Method, req.URL.Path, req.Header.Get("Authorization"), body))
	}))
	defer s.Close()
	p := probe(t, s, nil)
	p.Cluster.Server += "/k8s/clusters/c-1/"
	p.Check(context.Background())
	with := p.Token.Reveal()
	p.Token = cache.Secret{}
	p.Check(context.Background())
	want := []string{
		`POST /k8s/clusters/c-1/apis/authentication.k8s.io/v1/selfsubjectreviews "Bearer ` + with + `" ` + whoamiBody,
		`GET /k8s/clusters/c-1/version "" `,
	}
	if strings.Join(seen, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(seen, "\n"), strings.Join(want, "\n"))
	}
}

// What a 401 can come from is told from the token: what is found in it comes with its remedy.
func TestCandidates(t *testing.T) {
	for name, test := range map[string]struct {
		change claimSet
		asked  func(*cache.Key)
		date   time.Time
		what   string
		remedy string
	}{
		"audience":            {nil, nil, now, "possible: the API server expects another audience than " + server, "--server-id"},
		"another audience":    {claimSet{"aud": client}, nil, now, "possible: the audience (aud) is " + client + ", and it was asked for " + server, "--server-id"},
		"Graph":               {claimSet{"aud": graphResource}, nil, now, "possible: the audience (aud) is Microsoft Graph", "--server-id"},
		"version 1":           {claimSet{"ver": "1.0", "iss": "https://sts.windows.net/x/"}, nil, now, "possible: the issuer (iss) is https://sts.windows.net/x/, version 1.0", `"requestedAccessTokenVersion": 2`},
		"issuer":              {nil, nil, now, "possible: the API server trusts another issuer than https://login.microsoftonline.com/", "--oidc-issuer-url"},
		"ended by its clock":  {nil, nil, now.Add(2 * time.Hour), "possible: the token has ended, by the API server's clock 60 minutes ago", "time server"},
		"not yet, by it":      {nil, nil, now.Add(-time.Hour), "possible: the token is not valid yet, by the API server's clock for another 55 minutes", "time server"},
		"another tenant":      {claimSet{"tid": otherTenant}, nil, now, "possible: the token is of the tenant " + otherTenant, "login"},
		"wants ID tokens":     {nil, nil, now, "possible: the API server wants ID tokens", "--token-kind id"},
		"claim of the name":   {nil, nil, now, "it has preferred_username", "--oidc-username-claim"},
		"no claim for a name": {claimSet{"preferred_username": ""}, nil, now, "it has none of upn", "--oidc-username-claim"},
		"too many groups":     {claimSet{"_claim_names": claimSet{"groups": "src1"}}, nil, now, "possible: the token names no groups but a place to ask for them", "assigned to the application"},
		"ID token":            {claimSet{"aud": client}, func(a *cache.Key) { a.Scopes, a.Kind = nil, cache.ID }, now, "possible: the API server expects another audience than " + client, "--server-id"},
		"AKS":                 {claimSet{"aud": authority.AKSServer}, func(a *cache.Key) { a.Scopes = []string{authority.AKSServer + "/.default"} }, now, "possible: the API server trusts another issuer", "--tenant-id"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := apiServer(t, answer{status: 401, body: refusal, date: test.date})
			p := probe(t, s, test.change)
			if test.asked != nil {
				test.asked(&p.Asked)
			}
			found := p.Check(context.Background())
			has(t, found, want{"warning", test.what, test.remedy})
			one(t, found, want{"refused", "refuses the token (401)", ""})
			for _, f := range found {
				if name == "AKS" && strings.Contains(f.What+f.Remedy, "oidc-username-claim") {
					t.Errorf("nobody can set that on AKS: %+v", f)
				}
				if name != "too many groups" && strings.Contains(f.What, "distributed claims") {
					t.Errorf("its groups are named: %+v", f)
				}
				if name == "ID token" && strings.Contains(f.Remedy, "--token-kind id") {
					t.Errorf("it is an ID token: %+v", f)
				}
			}
		})
	}
}

// A server that repeats the token gets it into no finding.
func TestNoTokenInFindings(t *testing.T) {
	secret := token(t, good()).Reveal()
	for name, a := range map[string]answer{
		"user":     {status: 201, body: fmt.Sprintf(whoami, secret, `"`+secret+`"`)},
		"version":  {status: 200, body: `{"gitVersion":"` + secret + `"}`},
		"redirect": {status: 302, header: http.Header{"Location": {"https://" + secret[:60] + ".example/?" + secret}}},
		"refusal":  {status: 401, body: secret, header: http.Header{"Www-Authenticate": {secret}}},
		"page":     {status: 200, kind: "text/html", body: secret},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := apiServer(t, a)
			p := probe(t, s, nil)
			text := fmt.Sprintf("%+v", p.Check(context.Background()))
			p.Token = cache.Secret{}
			text += fmt.Sprintf("%+v", p.Check(context.Background()))
			for _, part := range strings.Split(secret, ".") {
				if strings.Contains(text, part[:20]) {
					t.Errorf("%q stands in %s", part[:20], text)
				}
			}
		})
	}
}

func TestClusterEntry(t *testing.T) {
	dir := t.TempDir()
	s, requests := apiServer(t, answer{status: 201, body: fmt.Sprintf(whoami, "alice", "")})
	file := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(file, certPEM(s), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := quiet(http.NotFoundHandler())
	plain.Start()
	defer plain.Close()
	for name, test := range map[string]struct {
		change   func(*kubeconfig.Cluster)
		want     want
		requests int32
	}{
		"good":            {func(*kubeconfig.Cluster) {}, want{"ok", "accepts the token", ""}, 1},
		"CA file":         {func(c *kubeconfig.Cluster) { c.CertificateAuthorityData, c.CertificateAuthority = nil, file }, want{"ok", "accepts the token", ""}, 1},
		"data beats file": {func(c *kubeconfig.Cluster) { c.CertificateAuthority = filepath.Join(dir, "none") }, want{"ok", "accepts the token", ""}, 1},
		"server name":     {func(c *kubeconfig.Cluster) { c.TLSServerName = "example.com" }, want{"ok", "accepts the token", ""}, 1},
		"no CA file": {func(c *kubeconfig.Cluster) {
			c.CertificateAuthorityData, c.CertificateAuthority = nil, filepath.Join(dir, "none")
		}, want{"configuration", "can't be read", "kubeconfig anew"}, 0},
		"CA is no PEM":      {func(c *kubeconfig.Cluster) { c.CertificateAuthorityData = []byte("x") }, want{"configuration", "no certificate (PEM)", "kubeconfig anew"}, 0},
		"no server":         {func(c *kubeconfig.Cluster) { c.Server = "" }, want{"configuration", "has no server", "set-cluster"}, 0},
		"no address":        {func(c *kubeconfig.Cluster) { c.Server = "10.0.0.1:6443" }, want{"configuration", "no address", "set-cluster"}, 0},
		"http":              {func(c *kubeconfig.Cluster) { c.Server = plain.URL }, want{"configuration", "runs no plugin", "set-cluster"}, 0},
		"ftp":               {func(c *kubeconfig.Cluster) { c.Server = "ftp://10.0.0.1" }, want{"configuration", "not https, but ftp", "set-cluster"}, 0},
		"user name":         {func(c *kubeconfig.Cluster) { c.Server = "https://me:hunter2@10.0.0.1" }, want{"configuration", "has a user name in it", "set-cluster"}, 0},
		"bad proxy":         {func(c *kubeconfig.Cluster) { c.ProxyURL = "me:hunter2@proxy" }, want{"configuration", "proxy-url", "http://HOST:PORT"}, 0},
		"unknown authority": {func(c *kubeconfig.Cluster) { c.CertificateAuthorityData = nil }, want{"answer", "signed by an authority that is not trusted here (issuer: O=Acme Co)", "certificate-authority-data"}, 0},
		"another authority": {func(c *kubeconfig.Cluster) { c.CertificateAuthorityData = otherCA(t) }, want{"answer", "signed by an authority that is not trusted here (issuer: O=Acme Co)", "made anew"}, 0},
		"another host":      {func(c *kubeconfig.Cluster) { c.TLSServerName = "kubernetes.local" }, want{"answer", "for another name, example.com, *.example.com, 127.0.0.1, ::1", "tls-server-name"}, 0},
		"no TLS":            {func(c *kubeconfig.Cluster) { c.Server = "https" + strings.TrimPrefix(plain.URL, "http") }, want{"answer", "speaks no TLS", "server of the cluster"}, 0},
		"nothing there":     {func(c *kubeconfig.Cluster) { c.Server = "https://" + closedPort(t) }, want{"network", "nothing listens at", "running"}, 0},
		"proxy not there":   {func(c *kubeconfig.Cluster) { c.ProxyURL = "http://me:hunter2@" + closedPort(t) }, want{"network", "can't be reached: nothing listens there", "proxy-url"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			requests.Store(0)
			p := probe(t, s, nil)
			test.change(&p.Cluster)
			found := p.Check(context.Background())
			one(t, found, test.want)
			if requests.Load() != test.requests {
				t.Errorf("%d requests", requests.Load())
			}
			if strings.Contains(fmt.Sprintf("%+v", found), "hunter2") {
				t.Errorf("a password stands in %+v", found)
			}
		})
	}
}
