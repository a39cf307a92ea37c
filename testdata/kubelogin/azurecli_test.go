//go:build unix

package kubelogin

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Kubelogin in its mode azurecli takes entralogin for the Azure CLI, with and without a tenant or a subscription.
func TestAzureCLI(t *testing.T) {
	s := newSide(t)
	link := filepath.Join(s.dir, "bin")
	if err := errors.Join(os.Mkdir(link, 0o700), os.Symlink(filepath.Join(binaries, "entralogin"), filepath.Join(link, "az"))); err != nil {
		t.Fatal(err)
	}
	s.sim = entratest.NewServer(entratest.WithSubscriptions(entratest.Subscriptions()...)) // kubelogin asks az alone
	t.Cleanup(s.sim.Close)
	s.write(".config/entralogin/ca.pem", s.sim.CertPEM())
	s.write(".config/entralogin/config.yaml", fmt.Appendf(nil, "client-id: %s\ntenant-id: %s\nauthority-host: %s\nenvironment: AzurePublicCloud\nauthorities:\n  - {host: %s, ca-file: ca.pem, resource-manager: %[3]s}\n",
		entratest.ClientID, entratest.TenantContoso, s.sim.URL, s.sim.Host))
	path := []string{"PATH=" + link + ":/usr/bin:/bin"}
	ask := func(args ...string) (map[string]any, error) {
		return s.answer("kubelogin", append([]string{"get-token", "--login", "azurecli", "--server-id", entratest.ServerID}, args...), path)
	}
	if _, err := ask(); err == nil || !strings.Contains(err.Error(), "Please run 'az login' to setup account.") {
		t.Errorf("nobody: %v", err)
	}
	s.sim.AutoApprove(entratest.Alice, 0)
	login := exec.Command(filepath.Join(binaries, "entralogin"), "login")
	login.Env = s.env
	if out, err := login.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, args := range [][]string{nil, {"--tenant-id", entratest.TenantContoso}, {"--subscription", entratest.SubscriptionID("Contoso Production")}, {"--subscription", "Contoso Production"}} {
		got, err := ask(args...)
		claims, _ := got["claims"].(map[string]any)
		if err != nil || claims["preferred_username"] != entratest.Alice || claims["tid"] != entratest.TenantContoso {
			t.Errorf("%q: %v, %v", args, got, err)
		}
	}
}
