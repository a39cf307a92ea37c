//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file run the same libraries and programs by "entralogin exec": they find a managed identity there, and
// no az.

// asIdentity runs a library under entralogin exec, and returns what it got and what was said on standard error.
func (w *world) asIdentity(words ...string) (answer got, said string) {
	w.Helper()
	stdout, stderr, err := w.run(append([]string{"entralogin", "exec", "-v", "--", filepath.Join(bin, "azcli")}, words...)...)
	if err != nil || json.Unmarshal([]byte(stdout), &answer) != nil {
		w.Fatalf("%q: %v\n%s\n%s", words, err, stdout, stderr)
	}
	w.clean(answer.Error + stderr)
	return answer, stderr
}

// Terraform's provider azurerm and the Azure SDK for Go of before get a token; what is not allowed they show at once.
func TestExecLibraries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(entratest.Alice)
	for _, library := range []string{"go-azure-sdk", "go-autorest"} {
		a, said := w.asIdentity(library, "--identity")
		if a.Error != "" {
			t.Fatalf("%s: %+v\n%s", library, a, said)
		}
		w.verify(a.Token, armURL, entratest.TenantContoso)
		if left := time.Until(time.Unix(a.Expires, 0)); library == "go-azure-sdk" && (left < 30*time.Minute || left > 2*time.Hour) {
			t.Errorf("%s: the token ends in %v", library, left)
		}
	}
	a, said := w.asIdentity("go-azure-sdk", "--identity", "--graph")
	if a.Token != "" || !strings.Contains(a.Error, "https://graph.microsoft.com is not allowed") || strings.Count(said, "which is not allowed") != 1 {
		t.Errorf("%+v\n%s", a, said)
	}
}

// Debian's Azure CLI signs in as a managed identity, sees the person's subscriptions, and hands on tokens of what is
// allowed.
func TestExecAzureCLI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.signIn(entratest.Alice)
	w.env = append(w.env, "AZURE_CONFIG_DIR="+filepath.Join(w.dir, "azure"))
	const az = "/usr/bin/az"
	stdout := w.must("entralogin", "exec", "--", "sh", "-c", az+" login --identity -o none && "+az+" account get-access-token --resource "+vaultURL+" -o json; "+
		az+" account get-access-token --resource "+armURL+" -o json")
	var token struct{ AccessToken, ExpiresOn, Subscription string }
	if err := json.Unmarshal([]byte(stdout), &token); err != nil {
		t.Fatalf("%v\n%s", err, stdout)
	}
	w.verify(token.AccessToken, armURL, entratest.TenantContoso)
	if want := entratest.SubscriptionID("Contoso Production"); token.Subscription != want {
		t.Errorf("the subscription %s, not %s", token.Subscription, want)
	}
	_, stderr, err := w.run("entralogin", "exec", "-v", "--", az, "account", "get-access-token", "--resource", vaultURL)
	if err == nil || !strings.Contains(stderr, vaultURL+" is not allowed") || strings.Count(stderr, "which is not allowed") != 1 {
		t.Errorf("%v\n%s", err, stderr)
	}
	w.clean(stderr)
}

// OpenTofu keeps its state in Azure with a token of the person.
func TestExecOpenTofu(t *testing.T) {
	t.Parallel()
	tofu, err := exec.LookPath("tofu")
	if err != nil {
		t.Skip(`no OpenTofu: "go build -C ../opentofu -o DIR/tofu github.com/opentofu/opentofu/cmd/tofu" makes it, for the PATH`)
	}
	if tofu, err = filepath.Abs(tofu); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	var tokens atomic.Int32
	w.hosts["entralogin.blob.core.windows.net"] = w.storage(&tokens)
	w.signIn(entratest.Alice)
	w.write("main.tf", fmt.Sprintf(`terraform {
  backend "azurerm" {
    resource_group_name  = "data"
    storage_account_name = "entralogin"
    container_name       = "state"
    key                  = "one.tfstate"
    use_azuread_auth     = true
    subscription_id      = %q
  }
}
`, entratest.SubscriptionID("Contoso Production")))
	w.env = append(w.env, "ARM_USE_MSI=true", "ARM_USE_CLI=false")
	init := []string{"--", tofu, "init", "-no-color", "-input=false", "-lock=false"}
	_, stderr, err := w.run(append([]string{"entralogin", "exec"}, init...)...)
	if err == nil || !strings.Contains(stderr, "https://storage.azure.com is not allowed") {
		t.Errorf("not allowed: %v\n%s", err, stderr)
	}
	w.clean(stderr)
	w.must(append([]string{"entralogin", "exec", "--allow", "https://storage.azure.com"}, init...)...)
	if _, err := os.Stat(filepath.Join(w.dir, ".terraform")); err != nil || tokens.Load() == 0 {
		t.Errorf("%v, %d requests", err, tokens.Load())
	}
}
