//go:build unix

package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A subscription says which tenant is meant, and an unknown one ends as it does with the Azure CLI.
func TestSubscription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(entratest.Carol)
	here, there := entratest.SubscriptionID("Shared"), entratest.SubscriptionID("Fabrikam Data")
	for _, library := range []string{"go-azure-sdk", "go-azure-helpers"} {
		for id, tenant := range map[string]string{here: entratest.TenantContoso, there: entratest.TenantFabrikam} {
			a := w.ask(library, "--tenant", tenant, "--subscription", id)
			if a.Error != "" || a.Tenant != tenant || library == "go-azure-helpers" && a.Subscription != id {
				t.Errorf("%s: %+v", library, a)
			}
			w.verify(a.Token, armURL, tenant)
		}
	}
	if a := w.ask("go-azure-helpers", "--subscription", there); a.Tenant != entratest.TenantFabrikam {
		t.Errorf("the tenant of a subscription: %+v", a)
	}
	const unknown = "00000000-1111-2222-3333-444444444444"
	for library, says := range map[string]string{
		"go-azure-sdk":     `the provided subscription ID "` + unknown + `" is not known by Azure CLI`,
		"go-azure-helpers": "Subscription '" + unknown + "' not found. Check the spelling and casing and try again.",
	} {
		if a := w.ask(library, "--subscription", unknown); a.Token != "" || !strings.Contains(a.Error, says) {
			t.Errorf("%s: %+v", library, a)
		}
	}
}

// Databricks' library asks the workspace which tenant it is of, and takes a resource's subscription where it doesn't know.
func TestDatabricksWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hosts["adb-1.azuredatabricks.net"] = http.RedirectHandler("https://"+publicHost+"/"+entratest.TenantContoso+"/oauth2/authorize", http.StatusFound)
	w.signIn(entratest.Alice)
	a := w.ask("databricks", "--subscription", entratest.SubscriptionID("Contoso Production"))
	if a.Error != "" || a.Tenant != entratest.TenantContoso {
		t.Errorf("%+v", a)
	}
	w.verify(a.Token, databricks, entratest.TenantContoso)
}
