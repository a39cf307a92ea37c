package entratest_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// send sends a request with headers (name, value, and so on), follows nothing, and reads a JSON object if there is one.
func send(t *testing.T, client *http.Client, method, target string, headers ...string) (*http.Response, map[string]any) {
	t.Helper()
	req, err := http.NewRequest(method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	json.NewDecoder(resp.Body).Decode(&answer)
	return resp, answer
}

// assertion checks an assertion by what its issuer's address leads to.
func assertion(t *testing.T, issuer *entratest.FederatedIssuer, raw any, subject, audience string) map[string]any {
	t.Helper()
	text, _ := raw.(string)
	claims := verifyIndependently(t, trusting(issuer.CertPEM()), strings.TrimSuffix(issuer.URL, "/idp"), text)
	if claims["sub"] != subject || claims["aud"] != audience {
		t.Errorf("the assertion is %v", claims)
	}
	return claims
}

// GitHub gives a job that has its token an assertion for any audience.
func TestGitHub(t *testing.T) {
	s := newServer(t)
	issuer := entratest.NewFederatedIssuer(s, "/idp")
	r, err := entratest.StartGitHub(s, issuer)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	live(t, r.Env)
	target, bearer := os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL"), "bearer "+os.Getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	const audience = "&audience=api%3A%2F%2FAzureADTokenExchange"
	resp, answer := send(t, s.Client(), "GET", target+audience, "Authorization", bearer)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", resp.Status, answer)
	}
	claims := assertion(t, issuer, answer["value"], entratest.GitHubSubject, entratest.ExchangeAudience)
	if left := time.Until(time.Unix(int64(claims["exp"].(float64)), 0)); left > 5*time.Minute {
		t.Errorf("it lives for %v", left)
	}
	if _, answer = send(t, s.Client(), "GET", target, "Authorization", bearer); answer["value"] == nil {
		t.Errorf("no audience: %v", answer)
	} else {
		assertion(t, issuer, answer["value"], entratest.GitHubSubject, "https://github.com/contoso")
	}
	for what, got := range map[string]func() (*http.Response, map[string]any){
		"no token": func() (*http.Response, map[string]any) { return send(t, s.Client(), "GET", target+audience) },
		"another token": func() (*http.Response, map[string]any) {
			return send(t, s.Client(), "GET", target+audience, "Authorization", bearer+"x")
		},
		"another query": func() (*http.Response, map[string]any) {
			return send(t, s.Client(), "GET", target[:len(target)-len("?api-version=2.0")]+"?"+audience[1:], "Authorization", bearer)
		},
		"another method": func() (*http.Response, map[string]any) {
			return send(t, s.Client(), "POST", target+audience, "Authorization", bearer)
		},
	} {
		if resp, answer := got(); resp.StatusCode < 400 || answer["value"] != nil {
			t.Errorf("%s: %s", what, resp.Status)
		}
	}
	r.Assert(entratest.Assertion{Subject: "repo:contoso/app:pull_request", Audience: "x"})
	_, answer = send(t, s.Client(), "GET", target+audience, "Authorization", bearer)
	assertion(t, issuer, answer["value"], "repo:contoso/app:pull_request", "x")
}

// Azure Pipelines sends whoever has no token to a sign-in page, unless they say that they are no browser.
func TestPipelines(t *testing.T) {
	s := newServer(t)
	issuer := entratest.NewFederatedIssuer(s, "/idp")
	r, err := entratest.StartPipelines(s, issuer, entratest.ClientID)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	live(t, r.Env)
	target := os.Getenv("SYSTEM_OIDCREQUESTURI") + "?api-version=7.1&serviceConnectionId=" + os.Getenv("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
	bearer := "Bearer " + os.Getenv("SYSTEM_ACCESSTOKEN")
	resp, answer := send(t, s.Client(), "POST", target, "Authorization", bearer)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %v", resp.Status, answer)
	}
	assertion(t, issuer, answer["oidcToken"], entratest.PipelinesSubject, entratest.ExchangeAudience)
	for what, got := range map[string]struct {
		status  int
		target  string
		headers []string
	}{
		"no token":           {http.StatusFound, target, nil},
		"no token, no page":  {http.StatusUnauthorized, target, []string{"X-TFS-FedAuthRedirect", "Suppress"}},
		"no version":         {http.StatusBadRequest, r.URL + "?serviceConnectionId=" + entratest.ServiceConnection(), []string{"Authorization", bearer}},
		"another connection": {http.StatusNotFound, target + "0", []string{"Authorization", bearer}},
	} {
		if resp, answer := send(t, s.Client(), "POST", got.target, got.headers...); resp.StatusCode != got.status || answer["oidcToken"] != nil {
			t.Errorf("%s: %s", what, resp.Status)
		}
	}
	if resp, _ := send(t, s.Client(), "GET", target, "Authorization", bearer); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %s", resp.Status)
	}
	if n := s.Requests("pipelines"); n != 6 {
		t.Errorf("%d requests", n)
	}
}
