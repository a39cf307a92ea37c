//go:build unix

package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// storage answers as a storage account of Azure does with an empty state, and has a token verified where one comes.
func (w *world) storage(seen *atomic.Int32) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if token := bearer(req); token != "" {
			w.verify(token, "https://storage.azure.com", entratest.TenantContoso)
			seen.Add(1)
		}
		if req.URL.Query().Get("comp") == "list" {
			rw.Header().Set("Content-Type", "application/xml")
			fmt.Fprint(rw, `<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Blobs/></EnumerationResults>`)
			return
		}
		fmt.Fprint(rw, `{"version":4,"terraform_version":"1.12.6","serial":1,"lineage":"1","outputs":{},"resources":[]}`)
	})
}

// keys has Azure Resource Manager give the keys of the storage account, which lies in this subscription.
func (w *world) keys(subscription string, seen *atomic.Int32) http.Handler {
	manager := w.hosts["management.azure.com"]
	return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		if !strings.HasSuffix(req.URL.Path, "/listKeys") {
			manager.ServeHTTP(rw, req)
			return
		}
		w.verify(bearer(req), "https://management.core.windows.net", entratest.TenantContoso)
		if want := "/subscriptions/" + subscription + "/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/entralogin/listKeys"; req.URL.Path != want {
			w.Errorf("%s, not %s", req.URL.Path, want)
		}
		seen.Add(1)
		rw.Header().Set("Content-Type", "application/json")
		fmt.Fprint(rw, `{"keys":[{"keyName":"key1","value":"a2V5","permissions":"FULL"}]}`)
	})
}

// OpenTofu itself, the free Terraform, keeps its state in Azure: with the account's key, which the subscription of az leads
// to, or with a token.
func TestOpenTofu(t *testing.T) {
	t.Parallel()
	tofu, err := exec.LookPath("tofu")
	if err != nil {
		t.Skip(`no OpenTofu: "go build -C ../opentofu -o DIR/tofu github.com/opentofu/opentofu/cmd/tofu" makes it, for the PATH`)
	}
	if tofu, err = filepath.Abs(tofu); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	var keys, tokens atomic.Int32
	w.hosts["management.azure.com"] = w.keys(entratest.SubscriptionID("Contoso Production"), &keys)
	w.hosts["entralogin.blob.core.windows.net"] = w.storage(&tokens)
	w.write("main.tf", `terraform {
  backend "azurerm" {
    resource_group_name  = "data"
    storage_account_name = "entralogin"
    container_name       = "state"
    key                  = "one.tfstate"
  }
}
`)
	init := []string{"env", tofu, "init", "-no-color", "-input=false", "-lock=false", "-reconfigure"}
	if _, stderr, err := w.run(init...); err == nil || !strings.Contains(stderr, setUp) {
		t.Errorf("nobody: %v\n%s", err, stderr)
	}
	w.signIn(entratest.Alice)
	w.must(init...)
	w.must(append(init, "-backend-config=use_azuread_auth=true")...)
	w.must(append(init, "-backend-config=use_azuread_auth=true", "-backend-config=subscription_id="+entratest.SubscriptionID("Contoso Production"))...)
	if keys.Load() != 1 || tokens.Load() == 0 {
		t.Errorf("%d and %d requests", keys.Load(), tokens.Load())
	}
}
