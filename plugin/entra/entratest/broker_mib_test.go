//go:build dbus && linux

package entratest_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// What others wrote for Microsoft's broker gets on with the one that stands in for it: Debian's sso-mib-tool. SSO_MIB
// names it; "bash testdata/sso-mib/debian-sso-mib DIR" makes one as DIR/sso-mib-tool. Without it the test fails.
func TestSSOMIB(t *testing.T) {
	tool := os.Getenv("SSO_MIB")
	if tool == "" {
		t.Fatal("set SSO_MIB to an sso-mib-tool: bash testdata/sso-mib/debian-sso-mib DIR")
	}
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	address, err := entratest.StartBus(t.Context(), t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	broker, err := sim.ServeBroker(address, entratest.Alice, entratest.Bob)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	run := func(into any, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), tool, append(args, "-f", "json", "-s", entratest.ClientID, "-x", sim.URL+"/"+entratest.TenantContoso)...)
		cmd.Env = append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS="+address)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if into != nil && (err != nil || json.Unmarshal(out, into) != nil) {
			t.Errorf("%s: %v\n%s%s", args, err, out, &stderr)
		}
		return string(out) + stderr.String()
	}

	if said := run(nil, "getLinuxBrokerVersion"); !strings.Contains(said, "3.0.2") {
		t.Errorf("version: %s", said)
	}
	var accounts []struct {
		HomeID   string `json:"home_account_id"`
		Username string `json:"username"`
		Realm    string `json:"realm"`
	}
	run(&accounts, "getAccounts")
	if len(accounts) != 2 || accounts[0].Username != entratest.Alice || accounts[0].HomeID != entratest.HomeAccountID(entratest.Alice) || accounts[1].Realm != entratest.TenantContoso {
		t.Errorf("accounts %+v", accounts)
	}
	type token struct {
		AccessToken string   `json:"access_token"`
		Type        string   `json:"access_token_type"`
		Scopes      []string `json:"granted_scopes"`
		Expires     string   `json:"expires_on"`
	}
	isFor := func(got token, user string) {
		t.Helper()
		claims, err := sim.VerifyToken(got.AccessToken, entratest.ServerID)
		if err != nil || claims["preferred_username"] != user || got.Type != "bearer" || len(got.Scopes) == 0 {
			t.Errorf("a token of the type %s with the scopes %q for %v: %v", got.Type, got.Scopes, claims["preferred_username"], err)
		}
		ends, err := time.ParseInLocation(time.DateTime, got.Expires, time.Local)
		if left := time.Until(ends); err != nil || left < 30*time.Minute || left > 2*time.Hour {
			t.Errorf("it ends at %s", got.Expires)
		}
	}
	var silent, renewed, asked token
	scope := entratest.ServerID + "/.default"
	run(&silent, "acquireTokenSilent", "-a", "1", "-S", scope)
	isFor(silent, entratest.Bob)
	run(&renewed, "acquireTokenSilent", "-a", "1", "-S", scope, "-t", silent.AccessToken)
	isFor(renewed, entratest.Bob)
	if renewed.AccessToken == silent.AccessToken {
		t.Error("the token that was to be renewed comes again")
	}
	go func() {
		broker.WaitForWindow(t.Context())
		broker.SignIn(entratest.Alice)
	}()
	run(&asked, "acquireTokenInteractive", "-I", "-S", scope)
	isFor(asked, entratest.Alice)
	run(nil, "removeAccount", "-a", "0")
	run(&accounts, "getAccounts")
	if len(accounts) != 1 || accounts[0].Username != entratest.Bob {
		t.Errorf("afterwards %+v", accounts)
	}
	sim.RevokeSessions("")
	if said := run(nil, "acquireTokenSilent", "-S", scope, "-t", renewed.AccessToken); !strings.Contains(said, "Failed to acquire token") {
		t.Errorf("a revoked session: %s", said)
	}
}
