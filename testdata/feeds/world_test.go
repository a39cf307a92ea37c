//go:build unix

package feeds

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/feeds/artifacts"
	"github.com/entralogin/entralogin/testdata/git/devops"
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
	*testing.T
	sim    *entratest.Server
	devops *devops.Server
	feeds  *artifacts.Feeds
	dir    string   // the home
	env    []string // added to the environment of the programs
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, sim: entratest.NewServer(), dir: t.TempDir()}
	t.Cleanup(w.sim.Close)
	w.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	var err error
	if w.devops, err = devops.Start(w.sim, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.devops.Close)
	w.devops.AddOrganization("contoso", entratest.TenantContoso)
	w.devops.AddOrganization("fabrikam", entratest.TenantFabrikam)
	w.feeds = artifacts.Add(w.devops)
	t.Cleanup(w.checkHosts)

	w.write("devops.pem", string(w.devops.CertPEM()))
	w.write(".config/entralogin/ca.pem", string(w.sim.CertPEM()))
	w.write(".config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\nauthority-host: %s\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n",
		entratest.ClientID, w.sim.URL, w.sim.Host))
	w.mkdir("bin")
	for _, name := range []string{"entralogin", "keyring"} {
		if err := os.Symlink(entralogin, w.path("bin/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) mkdir(name string) {
	w.Helper()
	if err := os.MkdirAll(w.path(name), 0o700); err != nil {
		w.Fatal(err)
	}
}

// write writes a file of the home.
func (w *world) write(name, text string) {
	w.Helper()
	w.mkdir(filepath.Dir(name))
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
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
