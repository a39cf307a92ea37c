//go:build unix

package feeds

import (
	"os"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/feeds/artifacts"
	"github.com/entralogin/entralogin/testdata/git/devops"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// Feeds that the tests install from.
const (
	deps   = "pkgs.dev.azure.com/contoso/tools/_packaging/deps" // of a project
	shared = "pkgs.dev.azure.com/contoso/_packaging/shared"     // of the organisation
	old    = "contoso.pkgs.visualstudio.com/tools/_packaging/deps"
	theirs = "pkgs.dev.azure.com/fabrikam/_packaging/theirs" // of another tenant
)

// A world is the home of a person beside a simulated sign-in service and a simulated Azure DevOps.
type world struct {
	home.Home
	devops *devops.Server
	feeds  *artifacts.Feeds
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Home: home.New(t, entratest.NewServer())}
	var err error
	if w.devops, err = devops.Start(w.Sim, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.devops.Close)
	w.Proxy, w.Heard = w.devops.ProxyURL, w.devops.Log
	w.devops.AddOrganization("contoso", entratest.TenantContoso)
	w.devops.AddOrganization("fabrikam", entratest.TenantFabrikam)
	w.feeds = artifacts.Add(w.devops)
	t.Cleanup(w.checkHosts)

	w.Write("devops.pem", string(w.devops.CertPEM()))
	w.Settings("")
	w.Mkdir("bin")
	for _, name := range []string{"entralogin", "keyring"} {
		if err := os.Symlink(entralogin, w.Path("bin/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// eachPip runs a test with every pip.
func eachPip(t *testing.T, test func(*world, pip)) {
	t.Parallel()
	for _, p := range pips {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			test(newWorld(t), p)
		})
	}
}

// repository makes an empty repository of git.
func (w *world) repository(path string) {
	w.Helper()
	if _, err := w.devops.AddRepository(path); err != nil {
		w.Fatal(err)
	}
}
