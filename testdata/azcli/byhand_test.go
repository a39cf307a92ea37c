//go:build unix

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Two programs whose makers give them out elsewhere: what they run is run as they do, and read as they read it.

// Azure Functions' Core Tools want the token alone, and take the quotation marks off.
func TestFunctionsCoreTools(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := []string{"az", "account", "get-access-token", "--query", "accessToken", "--output", "json"}
	if stdout, stderr, err := w.run(ask...); err == nil || stdout != "" || !strings.Contains(stderr, setUp) {
		t.Errorf("nobody: %q, %v, %s", stdout, err, stderr)
	}
	w.signIn(entratest.Alice)
	var token string
	if stdout := w.must(ask...); json.Unmarshal([]byte(stdout), &token) != nil {
		t.Fatal("no text of JSON")
	}
	w.verify(token, "https://management.core.windows.net", entratest.TenantContoso)
}

// Pulumi's provider azure-native asks which subscription counts, and for the endpoints of its cloud.
func TestPulumi(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	show := []string{"az", "account", "show", "-o", "json"}
	if stdout, stderr, err := w.run(show...); err == nil || stdout != "" || !strings.Contains(stderr, setUp) {
		t.Errorf("nobody: %q, %v, %s", stdout, err, stderr)
	}
	w.signIn(entratest.Alice)
	id := entratest.SubscriptionID("Contoso Production")
	for _, ask := range [][]string{show, append(show, "--subscription", id)} {
		var account struct {
			ID, TenantID, EnvironmentName string
			User                          struct{ Name, Type string }
		}
		if err := json.Unmarshal([]byte(w.must(ask...)), &account); err != nil {
			t.Fatal(err)
		}
		if account.ID != id || account.TenantID != entratest.TenantContoso || account.EnvironmentName != "AzureCloud" || account.User.Type != "user" {
			t.Errorf("%q: %+v", ask, account)
		}
	}
	var cloud struct {
		Endpoints struct{ ResourceManager, ActiveDirectory string }
	}
	if err := json.Unmarshal([]byte(w.must("az", "cloud", "show", "--name", "AzureCloud", "-o", "json")), &cloud); err != nil {
		t.Fatal(err)
	}
	if cloud.Endpoints.ResourceManager != armURL+"/" || cloud.Endpoints.ActiveDirectory != "https://"+publicHost {
		t.Errorf("%+v", cloud)
	}
}
