//go:build linux || darwin

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// subscribe has a house know where its Azure Resource Manager is, and that have subscriptions. It returns the program as az.
func (h *house) subscribe(more ...entratest.Subscription) (az string) {
	h.t.Helper()
	h.sim.AddSubscriptions(append(entratest.Subscriptions(), more...)...)
	file := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	text, err := os.ReadFile(file)
	content := strings.Replace(string(text), "    graph: ", "    resource-manager: "+h.sim.URL+"\n    graph: ", 1) + "environment: AzurePublicCloud\n"
	az = filepath.Join(h.t.TempDir(), "az")
	if err := errors.Join(err, os.WriteFile(file, []byte(content), 0o600), os.Symlink(built(h.t), az)); err != nil {
		h.t.Fatal(err)
	}
	return az
}

// tenantOf is the tenant of the token in an answer.
func (h *house) tenantOf(answer string) string {
	h.t.Helper()
	claims, err := h.sim.VerifyToken(findToken(answer), "")
	if err != nil {
		h.t.Fatalf("%v: %s", err, answer)
	}
	tenant, _ := claims["tid"].(string)
	return tenant
}

// A call as az that was settled is answered early and without a request, also one of a subscription, until another is chosen:
// then the next one is of the other tenant.
func TestEarlyAzAccount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	az := h.subscribe()
	h.sim.AutoApprove(entratest.Carol, 0)
	h.early("", built(t), "login")
	get := []string{az, "account", "get-access-token"}
	check := func(tenant string, args ...string) {
		t.Helper()
		answer, early := h.early("", args...)
		if h.tenantOf(answer) != tenant || early {
			t.Errorf("%q: a token of tenant %s, not %s; early: %v", args, h.tenantOf(answer), tenant, early)
		}
		h.early("", args...) // the one before may have got the token, and this one settles the question
		h.sim.ResetRequests()
		again, early := h.early("", args...)
		if again != answer || !early || h.sim.Requests("*") != 0 {
			t.Errorf("%q, warm: early: %v, %d requests, %s instead of %s", args, early, h.sim.Requests("*"), again, answer)
		}
	}
	check(entratest.TenantFabrikam, append(get, "--subscription", "Fabrikam Data")...)
	check(entratest.TenantContoso, get...)
	h.early("", az, "account", "set", "-s", "Fabrikam Data")
	check(entratest.TenantFabrikam, get...)
	h.early("", az, "account", "set", "-s", "Shared")
	check(entratest.TenantContoso, get...)
	check(entratest.TenantFabrikam, append(get, "-s", entratest.SubscriptionID("Fabrikam Data"))...)
}

// A managed identity is shown as az shows it.
func TestAzAccountManaged(t *testing.T) {
	t.Parallel()
	h := living(t, "appservice", entratest.StartAppService)
	own := entratest.Subscription{ID: entratest.SubscriptionID("Own"), Name: "Own", State: "Enabled", Tenant: entratest.TenantContoso, Readers: []string{entratest.SystemIdentity().ClientID}}
	h.program = h.subscribe(own)
	for range 2 {
		code, out, said := h.call("", "account", "show")
		var shown struct {
			ID, TenantID string
			User         struct{ Name, Type, AssignedIdentityInfo string }
		}
		if err := json.Unmarshal([]byte(out), &shown); err != nil || code != 0 || said != "" {
			t.Fatalf("exit %d, %v: %s %s", code, err, out, said)
		}
		if shown.ID != own.ID || shown.TenantID != own.Tenant || shown.User.Name != "systemAssignedIdentity" || shown.User.Type != "servicePrincipal" || shown.User.AssignedIdentityInfo != "MSI" {
			t.Errorf("%+v", shown)
		}
	}
	if n := h.sim.Requests("arm"); n != 1 {
		t.Errorf("%d requests to Azure Resource Manager", n)
	}
	if _, out, said := h.call("", "account", "get-access-token", "--query", "[subscription, tenant]", "-o", "tsv"); out != own.ID+"\n"+own.Tenant+"\n" {
		t.Errorf("%q %s", out, said)
	}
	if _, out, said := h.call("", "account", "get-access-token", "-s", "own", "--query", "[subscription, tenant]", "-o", "tsv"); out != own.ID+"\n"+own.Tenant+"\n" {
		t.Errorf("%q %s", out, said)
	}
	if code, _, said := h.call("", "account", "get-access-token", "--tenant", own.Tenant); code != 1 || !strings.Contains(said, "Tenant shouldn't be specified for managed identity account") {
		t.Errorf("exit %d: %s", code, said)
	}
}
