package entratest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A pod is a program in a cluster with identity bindings.
type pod struct {
	*testing.T
	*entratest.Bindings
	sim     *entratest.Server
	cluster *entratest.FederatedIssuer
	roots   *x509.CertPool
	token   string
}

func newPod(t *testing.T) pod {
	t.Helper()
	p := pod{T: t, sim: newServer(t), roots: x509.NewCertPool()}
	p.cluster = entratest.NewFederatedIssuer(p.sim, "/cluster")
	b, err := entratest.StartBindings(p.sim, p.cluster, t.TempDir(), entratest.DaemonID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	p.Bindings = b
	live(t, b.Env)
	p.roots.AppendCertsFromPEM(p.file("AZURE_KUBERNETES_CA_FILE"))
	p.token = string(p.file("AZURE_FEDERATED_TOKEN_FILE"))
	return p
}

// file reads what a variable names.
func (p pod) file(variable string) []byte {
	p.Helper()
	b, err := os.ReadFile(os.Getenv(variable))
	if err != nil {
		p.Fatal(err)
	}
	return b
}

func (p pod) path() string { return p.URL + "/" + entratest.TenantContoso + "/oauth2/v2.0/token" }

// exchange asks the proxy for a token.
func (p pod) exchange(assertion, clientID string) (int, map[string]any) {
	p.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: p.roots, ServerName: os.Getenv("AZURE_KUBERNETES_SNI_NAME")}}}
	resp, err := client.PostForm(p.path(), url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "scope": {arm + "/.default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}})
	if err != nil {
		p.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		p.Fatal(err)
	}
	return resp.StatusCode, answer
}

// The proxy of identity bindings takes what the cluster signed for it and for nobody else, and asks for a token with an
// assertion of its own.
func TestBindings(t *testing.T) {
	p := newPod(t)
	status, answer := p.exchange(p.token, entratest.DaemonID)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, answer)
	}
	if claims, err := p.sim.VerifyToken(answer["access_token"].(string), arm); err != nil || claims["azp"] != entratest.DaemonID {
		t.Errorf("a token of %v, %v", claims, err)
	}
	if n, m := p.sim.Requests("bindings"), p.sim.Requests("token"); n != 1 || m != 1 {
		t.Errorf("%d and %d requests", n, m)
	}
	const otherPod = "system:serviceaccount:default:other"
	direct := p.cluster.Sign(entratest.Assertion{Subject: entratest.PodSubject})
	other := p.cluster.Sign(entratest.Assertion{Subject: otherPod, Audience: entratest.BindingsAudience})
	stranger := entratest.NewFederatedIssuer(p.sim, "/stranger").Sign(entratest.Assertion{Subject: entratest.PodSubject, Audience: entratest.BindingsAudience})
	for what, c := range map[string]struct {
		assertion, clientID string
		status              int
	}{
		"for Entra":                 {direct, entratest.DaemonID, http.StatusUnauthorized},
		"of another cluster":        {stranger, entratest.DaemonID, http.StatusUnauthorized},
		"of a pod that may not":     {other, entratest.DaemonID, http.StatusForbidden},
		"for an identity not bound": {p.token, entratest.ClientID2, http.StatusForbidden},
		"no assertion":              {"", entratest.DaemonID, http.StatusUnauthorized},
	} {
		if status, answer := p.exchange(c.assertion, c.clientID); status != c.status {
			t.Errorf("%s: %d %v", what, status, answer)
		}
	}
	p.Allow(otherPod, entratest.DaemonID)
	if status, answer := p.exchange(other, entratest.DaemonID); status != http.StatusOK {
		t.Errorf("now it may: %d %v", status, answer)
	}
}

// It is reached under its name alone: under others its address is the API server's.
func TestBindingsName(t *testing.T) {
	p := newPod(t)
	for _, name := range []string{"", "127.0.0.1", "other.ests.aks"} {
		for _, config := range []*tls.Config{{RootCAs: p.roots, ServerName: name}, {InsecureSkipVerify: true, ServerName: name}} {
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
			if resp, err := client.Get(p.path()); err == nil {
				t.Errorf("%s under the name %q", resp.Status, name)
			}
		}
	}
}
