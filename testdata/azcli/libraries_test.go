//go:build unix

package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const (
	armURL   = "https://management.azure.com"
	graphURL = "https://graph.microsoft.com"
	vaultURL = "https://vault.azure.net"
	setUp    = "Please run 'az login' to setup account."
)

// A use is one library with one configuration, and what is to come of it.
type use struct {
	words    []string
	audience string // "": there is no token
	tenant   string // the one that the library says it has found; "": it says none
	nobody   string // what its user sees where nobody has signed in
}

// contoso is what a configuration says that names the tenant.
var contoso = []string{"--tenant", entratest.TenantContoso}

func uses() map[string]use {
	with := func(words ...string) []string { return append(words, contoso...) }
	return map[string]use{
		"azurerm, with nothing configured": {[]string{"go-azure-sdk"}, armURL, entratest.TenantContoso, setUp},
		"azurerm, with a tenant":           {with("go-azure-sdk"), armURL, entratest.TenantContoso, setUp},
		"azuread":                          {with("go-azure-sdk", "--graph"), graphURL, entratest.TenantContoso, setUp},
		"azurerm of before":                {[]string{"go-azure-helpers"}, armURL, entratest.TenantContoso, setUp},
		"hamilton":                         {[]string{"hamilton", "--graph"}, graphURL, entratest.TenantContoso, setUp},
		"hamilton, with a tenant":          {with("hamilton"), armURL, entratest.TenantContoso, setUp},
		"Databricks":                       {with("databricks"), databricks, entratest.TenantContoso, "cannot get account info: exit status 1"},
		"the Azure SDK for Go of before":   {[]string{"go-autorest"}, armURL, "", setUp},
	}
}

const databricks = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"

// Each library gets a token of whoever has signed in, or tells its user what it would with the Azure CLI.
func TestLibraries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, u := range uses() {
		if a := w.ask(u.words...); a.Token != "" || !strings.Contains(a.Error, u.nobody) {
			t.Errorf("%s, nobody: %+v", name, a)
		}
	}
	w.signIn(entratest.Alice)
	for name, u := range uses() {
		a := w.ask(u.words...)
		if a.Error != "" || a.Tenant != u.tenant {
			t.Errorf("%s: the tenant %q, %s", name, a.Tenant, a.Error)
			continue
		}
		w.verify(a.Token, u.audience, entratest.TenantContoso)
		if left := time.Until(time.Unix(a.Expires, 0)); a.Expires != 0 && (left < 30*time.Minute || left > 2*time.Hour) {
			t.Errorf("%s: the token ends in %v", name, left)
		}
		if u.audience == databricks {
			w.verify(a.Second, "https://management.core.windows.net", entratest.TenantContoso)
		}
	}
}

// What azuread did before asks for its own object ID, too, and az asks the directory. That takes the Azure CLI itself.
func TestSignedInUser(t *testing.T) {
	if *measure {
		return
	}
	t.Parallel()
	w := newWorld(t)
	w.signIn(entratest.Alice)
	a := w.ask("go-azure-helpers", "--graph", "--tenant", entratest.TenantContoso)
	w.verify(a.Token, graphURL, entratest.TenantContoso)
	if !strings.Contains(a.Error, `which does not know "az ad signed-in-user show"`) {
		t.Error(a.Error)
	}
}

// vault answers as Azure Key Vault does whoever asks without a token, and whoever asks it to encrypt.
func (w *world) vault() http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		token := bearer(req)
		if token == "" {
			rw.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer authorization="https://login.microsoftonline.com/%s", resource="%s"`, entratest.TenantContoso, vaultURL))
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.verify(token, vaultURL, entratest.TenantContoso)
		fmt.Fprintf(rw, `{"kid":"https://entralogin.vault.azure.net/keys/data/1","value":"dGhlIGtleQ"}`)
	})
}

// Sops, whose key is one of Azure Key Vault, which says itself what tokens it takes.
func TestSops(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hosts["entralogin.vault.azure.net"] = w.vault()
	w.env = append(w.env, "AZURE_TOKEN_CREDENTIALS=AzureCLICredential")
	if a := w.ask("sops"); !strings.Contains(a.Error, "Please run 'az login'") {
		t.Errorf("nobody: %+v", a)
	}
	w.signIn(entratest.Alice)
	if a := w.ask("sops"); a.Error != "" || a.Token == "" {
		t.Errorf("%+v", a)
	}
}
