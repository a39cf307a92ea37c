//go:build unix

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A pipeline signs in by "az login --service-principal". The libraries see that it is no person, and one wants none such.
func TestApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret := w.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	w.must("az", "login", "--service-principal", "-u", entratest.DaemonID, "-p", secret, "--tenant", entratest.TenantContoso, "-o", "none")
	id := entratest.SubscriptionID("Contoso Production")
	for name, words := range map[string][]string{
		armURL:     {"go-azure-sdk", "--subscription", id},
		graphURL:   {"hamilton", "--graph"},
		databricks: {"databricks", "--tenant", entratest.TenantContoso},
	} {
		a := w.ask(words...)
		if a.Error != "" {
			t.Errorf("%q: %s", words, a.Error)
			continue
		}
		w.verify(a.Token, name, entratest.TenantContoso)
		if claims, err := w.sim.VerifyToken(a.Token, ""); err != nil || claims["idtyp"] != "app" {
			t.Errorf("%q: a token of %v, %v", words, claims["idtyp"], err)
		}
	}
	if a := w.ask("go-azure-helpers"); !strings.Contains(a.Error, "only supported as a User (not a Service Principal)") {
		t.Errorf("%+v", a)
	}
	w.must("az", "logout")
	if a := w.ask("go-azure-sdk"); !strings.Contains(a.Error, setUp) {
		t.Errorf("after az logout: %+v", a)
	}
}
