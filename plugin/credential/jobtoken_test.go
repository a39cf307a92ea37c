//go:build unix

package credential

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
)

// job puts a call into a job of a CI service.
func (s *trust) job(r *entratest.Runner, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(r.Close)
	for _, entry := range r.Env {
		name, value, _ := strings.Cut(entry, "=")
		s.env[name] = value
	}
}

// A job of GitHub Actions asks for its token each time, for the audience of its cloud or for another.
func TestGitHubActions(t *testing.T) {
	s := newTrust(t)
	s.job(entratest.StartGitHub(s.sim, s.issuer))
	s.accept(entratest.GitHubSubject)
	c := s.call(config.Login, "githubactions")
	s.good(c)
	s.good(c)
	if asked, exchanged := s.sim.Requests("github"), s.sim.Requests("token"); asked != 2 || exchanged != 2 {
		t.Errorf("%d assertions for %d exchanges", asked, exchanged)
	}
	if _, err := token(t, s.call(config.Login, "githubactions", config.AssertionAudience, "api://mine")); err == nil || !strings.Contains(err.Error(), "700212") {
		t.Errorf("another audience: %v", err)
	}
	s.sim.Fault("github", entratest.Fault{Times: 1, Status: 503})
	s.sim.Fault("github", entratest.Fault{Times: 1, Status: 429, RetryAfter: "7"})
	s.good(c)
	if !slices.Equal(s.paused, []time.Duration{300 * time.Millisecond, 7 * time.Second}) {
		t.Errorf("paused for %v", s.paused)
	}
	s.quiet()

	s.sim.Fault("github", entratest.Fault{Times: 1, Status: 401})
	s.refused(c, failure.Config, "gives this job no token (401)", "permissions: id-token: write")
	url := s.env[gitHubAddress]
	for _, address := range []string{"", "http://127.0.0.1:1/idtoken?x=y", "https://", "https://a:b@127.0.0.1/", "https://127.0.0.1/#x", "127.0.0.1", "https://127.0.0.1/ x", "file:///etc/passwd"} {
		s.env[gitHubAddress] = address
		s.refused(c, failure.Config, gitHubAddress)
	}
	s.env[gitHubAddress] = url
	s.env[gitHubToken] = "two words"
	s.refused(c, failure.Config, gitHubToken+" is no token")
	s.env[gitHubToken] = ""
	s.refused(c, failure.Config, "permissions: id-token: write")
}

// Each cloud expects an audience of its own.
func TestAudience(t *testing.T) {
	for environment, want := range map[string]string{"AzurePublicCloud": "api://AzureADTokenExchange", "AzureChinaCloud": "api://AzureADTokenExchangeChina",
		"AzureUSGovernmentCloud": "api://AzureADTokenExchangeUSGov", "": "api://AzureADTokenExchange"} {
		var c Call
		if c.Target.Authority.Environment = environment; c.audience() != want {
			t.Errorf("%s: %s", environment, c.audience())
		}
	}
}

// A job of Azure Pipelines shows its token, which its step has to have been given, and names a service connection.
func TestAzurePipelines(t *testing.T) {
	s := newTrust(t)
	s.job(entratest.StartPipelines(s.sim, s.issuer, entratest.DaemonID))
	s.accept(entratest.PipelinesSubject)
	c := s.call(config.Login, "azurepipelines")
	s.good(c)
	s.sim.Fault("pipelines", entratest.Fault{Times: 2, Status: 502})
	s.good(c)
	s.quiet()
	const unmapped = "SYSTEM_ACCESSTOKEN: $(System.AccessToken)"
	right := s.env[pipelinesToken]
	s.env[pipelinesToken] = "another"
	s.refused(c, failure.Config, "(401)", unmapped)
	s.env[pipelinesToken] = ""
	s.refused(c, failure.Config, "SYSTEM_ACCESSTOKEN is not set", unmapped)
	s.env[pipelinesToken] = right
	s.sim.Fault("pipelines", entratest.Fault{Times: 1, Redirect: "https://login.example/_signin"})
	s.refused(c, failure.Answer, "answered 302", "login.example")
	s.refused(s.call(config.Login, "azurepipelines", config.ServiceConnection, entratest.DaemonID), failure.Config, "(404)", entratest.DaemonID, "Service connections")
	s.refused(s.call(config.Login, "azurepipelines", config.ServiceConnection, "azure"), failure.Config, "no GUID", "resourceId")
	s.env["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] = ""
	s.refused(s.call(config.Login, "azurepipelines"), failure.Config, "which service connection", "--azure-pipelines-service-connection-id ID")
	s.env[pipelinesAddress] = ""
	s.refused(c, failure.Config, "no job of Azure Pipelines")
}

// An endpoint that is down, slow, large, strange or elsewhere gives no assertion, and what it says is shown to nobody.
func TestJobTokenFaults(t *testing.T) {
	s := newTrust(t)
	s.job(entratest.StartGitHub(s.sim, s.issuer))
	c := s.call(config.Login, "githubactions")
	rewritten := func(value any) entratest.Fault {
		return entratest.Fault{Rewrite: func(answer map[string]any) { answer["value"] = value }}
	}
	for what, f := range map[string]struct {
		fault entratest.Fault
		class failure.Class
		tries int
	}{
		"busy (503":              {entratest.Fault{Status: 503}, failure.Network, 3},
		"busy (429":              {entratest.Fault{Status: 429, RetryAfter: "3600"}, failure.Network, 1},
		"can't be reached":       {entratest.Fault{Drop: true}, failure.Network, 3},
		"broke off":              {entratest.Fault{Truncate: true}, failure.Network, 3},
		"larger than 64 KiB":     {entratest.Fault{Body: `{"value":"` + strings.Repeat("hunter2 ", 10<<10) + `"}`, Status: 200}, failure.Answer, 1},
		"larger than 1 MiB":      {entratest.Fault{Stream: 8 << 20}, failure.Answer, 1},
		"is a web page":          {entratest.Fault{Body: "<html>hunter2", Status: 200}, failure.Answer, 1},
		"no token in the field":  {entratest.Fault{Body: `{"Value":"hunter2"}`, Status: 200}, failure.Answer, 1},
		"in the field value":     {rewritten([]string{"hunter2"}), failure.Answer, 1},
		"is no JSON Web Token":   {rewritten("hunter2"), failure.Answer, 1},
		"gives this job no":      {entratest.Fault{Status: 404}, failure.Config, 1},
		"answered 302 and would": {entratest.Fault{Redirect: s.sim.URL + "/hunter2"}, failure.Answer, 1},
	} {
		s.sim.ClearFaults()
		s.sim.Fault("github", f.fault)
		s.refused(c, f.class, what)
		if n := s.sim.Requests("github"); n != f.tries {
			t.Errorf("%s: %d tries, not %d", what, n, f.tries)
		}
		if slices.ContainsFunc(s.explained, func(line string) bool { return strings.Contains(line, "hunter2") }) {
			t.Errorf("%s: told %q", what, s.explained)
		}
	}
	s.sim.ClearFaults()
	c.roots, s.paused = nil, nil // the system's own don't have it
	s.refused(c, failure.Network, "can't be reached")
	if len(s.paused) != 0 {
		t.Errorf("tried again after %v", s.paused)
	}
}

// What is left of an assertion is looked at again here: an issuer whose clock is slow gives one that has ended.
func TestJobTokenEnded(t *testing.T) {
	s := newTrust(t)
	r, err := entratest.StartGitHub(s.sim, s.issuer)
	s.job(r, err)
	r.Assert(entratest.Assertion{Subject: entratest.GitHubSubject, Life: -time.Minute})
	s.refused(s.call(config.Login, "githubactions"), failure.Answer, "an assertion that ended", "this machine's clock (20")
}

// The token proxy of AKS's identity bindings gets the request for a token, and the authority none.
func TestTokenProxy(t *testing.T) {
	s := newTrust(t)
	var asked []string
	status := http.StatusOK
	proxy := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.TLS.ServerName+r.URL.Path)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(`{"token_type":"Bearer","access_token":"of-the-proxy","expires_in":3599}`))
	}))
	defer proxy.Close()
	s.env["AZURE_FEDERATED_TOKEN_FILE"] = s.write("token", s.issuer.Sign(entratest.Assertion{Subject: subject}))
	s.write("proxy.pem", pemOf(proxy))
	c := s.call(config.Login, "workloadidentity")
	set := func(address, name, file, data string) {
		s.env[tokenProxy], s.env[proxyName], s.env[proxyFile], s.env[proxyCA] = address, name, file, data
	}
	for _, path := range []string{"", "/", "/prefix"} {
		asked = nil
		set(proxy.URL+path, "example.com", s.dir+"/proxy.pem", "")
		got, err := token(t, c)
		want := "POST example.com" + strings.TrimSuffix(path, "/") + "/" + entratest.TenantContoso + "/oauth2/v2.0/token"
		if err != nil || got.Value.Reveal() != "of-the-proxy" || !slices.Equal(asked, []string{want}) || s.sim.Requests("*") != 0 {
			t.Errorf("asked %v, not %s: %v", asked, want, err)
		}
	}
	set(proxy.URL, "", "", pemOf(proxy))
	if _, err := token(t, c); err != nil {
		t.Error(err)
	}
	status = http.StatusForbidden
	if _, err := token(t, c); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(proxy.URL, "https://")+" has the status 403") {
		t.Errorf("what the proxy refuses is told of another: %v", err)
	}
	asked = nil
	set(proxy.URL, "another.example", "", pemOf(proxy))
	if _, err := token(t, c); failure.Of(err) != failure.Network {
		t.Errorf("a certificate for another name: %v", err)
	}
	set(proxy.URL, "", "", string(s.sim.CertPEM()))
	var untrusted *https.NetworkError
	if _, err := token(t, c); !errors.As(err, &untrusted) || untrusted.Obstacle != https.NotTrusted {
		t.Errorf("a certificate of another CA: %v", err)
	}
	for _, v := range [][4]string{{"", "x", "", ""}, {"", "", "/x", ""}, {"", "", "", "x"}, {"http://127.0.0.1", "", "", ""}, {"https://a:b@127.0.0.1", "", "", ""},
		{"https://127.0.0.1?x", "", "", ""}, {"https://127.0.0.1#x", "", "", ""}, {"https://", "", "", ""}, {"::", "", "", ""},
		{proxy.URL, "", s.dir + "/proxy.pem", "x"}, {proxy.URL, "", s.dir + "/none", ""}, {proxy.URL, "", "proxy.pem", ""}, {proxy.URL, "", "", "x"}} {
		set(v[0], v[1], v[2], v[3])
		s.refused(c, failure.Config, "AZURE_KUBERNETES_")
	}
	if len(asked) != 0 || s.sim.Requests("*") != 0 {
		t.Errorf("asked %v, and %d requests of the authority", asked, s.sim.Requests("*"))
	}
}

// pemOf is the certificate of a server in PEM, which is its own CA.
func pemOf(s *httptest.Server) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}
