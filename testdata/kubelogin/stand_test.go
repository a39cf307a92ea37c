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

// kubelogin asks az or azd for the token, which are this program here.
func TestInPlaceOfTools(t *testing.T) {
	s := newSide(t)
	s.sim.ClearFaults()
	s.sim.AutoApprove(entratest.Carol, 0)
	tools := filepath.Join(s.dir, "tools")
	if err := errors.Join(os.Mkdir(tools, 0o700), os.Symlink(filepath.Join(binaries, "entralogin"), filepath.Join(tools, "az")),
		os.Symlink(filepath.Join(binaries, "entralogin"), filepath.Join(tools, "azd"))); err != nil {
		t.Fatal(err)
	}
	s.write(".config/entralogin/config.yaml", fmt.Appendf(nil, "client-id: %s\ntenant-id: %s\nauthority-host: %s\nauthorities:\n  - {host: %s, ca-file: ca.pem}\n",
		entratest.ClientID, entratest.TenantContoso, s.sim.URL, s.sim.Host))
	s.env = append(s.env, "PATH="+tools+":/usr/bin:/bin")
	args := func(login string) []string {
		return []string{"get-token", "--login", login, "--server-id", entratest.ServerID}
	}
	for login, words := range map[string]string{"azurecli": "Please run 'az login' to setup account", "azd": "not logged in, run `azd auth login` to login"} {
		if _, err := s.answer("kubelogin", args(login), nil); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s, nobody has signed in: %v", login, err)
		}
	}
	cmd := exec.Command(filepath.Join(binaries, "entralogin"), "login")
	cmd.Env = s.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, login := range []string{"azurecli", "azd"} {
		for _, tenant := range []string{"", entratest.TenantFabrikam} {
			more := []string{"--tenant-id", tenant}
			if tenant == "" {
				more, tenant = nil, entratest.TenantContoso
			}
			got, err := s.answer("kubelogin", append(args(login), more...), nil)
			if err != nil {
				t.Errorf("%s: %v", login, err)
				continue
			}
			if claims, _ := got["claims"].(map[string]any); claims["tid"] != tenant || claims["preferred_username"] != entratest.Carol {
				t.Errorf("%s: a token of %v, of the tenant %v", login, claims["preferred_username"], claims["tid"])
			}
		}
	}
	if n := s.sim.Requests("devicecode"); n != 1 {
		t.Errorf("%d device codes", n)
	}
}
