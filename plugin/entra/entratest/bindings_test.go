package entratest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The proxy of identity bindings is reached by its name alone, takes what the cluster signed for it and for nobody
// else, and asks for a token with an assertion of its own.
func TestBindings(t *testing.T) {
	s := newServer(t)
	cluster := s.NewFederatedIssuer("/cluster")
	b, err := entratest.StartBindings(s, cluster, t.TempDir(), entratest.DaemonID)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	live(t, b.Env)
	pem, err := os.ReadFile(os.Getenv("AZURE_KUBERNETES_CA_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	client := func(name string) *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}}}
	}
	named := client(os.Getenv("AZURE_KUBERNETES_SNI_NAME"))
	pod, err := os.ReadFile(os.Getenv("AZURE_FEDERATED_TOKEN_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	path := "/" + entratest.TenantContoso + "/oauth2/v2.0/token"
	exchange := func(assertion, clientID string) (int, map[string]any) {
		t.Helper()
		resp, err := named.PostForm(b.URL+path, url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {arm + "/.default"},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, answer
	}
	status, answer := exchange(string(pod), entratest.DaemonID)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, answer)
	}
	if claims, err := s.VerifyToken(answer["access_token"].(string), arm); err != nil || claims["azp"] != entratest.DaemonID {
		t.Errorf("a token of %v, %v", claims, err)
	}
	if n, m := s.Requests("bindings"), s.Requests("token"); n != 1 || m != 1 {
		t.Errorf("%d and %d requests", n, m)
	}
	direct := cluster.Sign(entratest.Assertion{Subject: entratest.PodSubject})
	other := cluster.Sign(entratest.Assertion{Subject: "system:serviceaccount:default:other", Audience: entratest.BindingsAudience})
	stranger := s.NewFederatedIssuer("/stranger").Sign(entratest.Assertion{Subject: entratest.PodSubject, Audience: entratest.BindingsAudience})
	for what, c := range map[string]struct {
		assertion, clientID string
		status              int
	}{
		"for Entra":                 {direct, entratest.DaemonID, http.StatusUnauthorized},
		"of another cluster":        {stranger, entratest.DaemonID, http.StatusUnauthorized},
		"of a pod that may not":     {other, entratest.DaemonID, http.StatusForbidden},
		"for an identity not bound": {string(pod), entratest.ClientID2, http.StatusForbidden},
		"no assertion":              {"", entratest.DaemonID, http.StatusUnauthorized},
	} {
		if status, answer := exchange(c.assertion, c.clientID); status != c.status {
			t.Errorf("%s: %d %v", what, status, answer)
		}
	}
	for _, name := range []string{"", "127.0.0.1", "other.ests.aks"} {
		if _, err := client(name).Get(b.URL + path); err == nil || !strings.Contains(err.Error(), "tls") {
			t.Errorf("under the name %q: %v", name, err)
		}
		careless := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: name}}}
		if _, err := careless.Get(b.URL + path); err == nil {
			t.Errorf("it answers under the name %q", name)
		}
	}
	b.Allow("system:serviceaccount:default:other", entratest.DaemonID)
	if status, answer := exchange(other, entratest.DaemonID); status != http.StatusOK {
		t.Errorf("now it may: %d %v", status, answer)
	}
}
