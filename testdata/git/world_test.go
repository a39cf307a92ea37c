//go:build unix

package git

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// Repositories that every world has. Each has one commit.
const (
	app = "https://dev.azure.com/contoso/tools/_git/app"
	lib = "https://dev.azure.com/fabrikam/lib/_git/lib" // of another tenant
)

// A world is the home of a person beside a simulated sign-in service and a simulated Azure DevOps.
type world struct {
	*testing.T
	sim    *entratest.Server
	devops *devops.Server
	git    git
	dir    string   // the home
	env    []string // added to the environment of git
}

func newWorld(t *testing.T, g git) *world {
	t.Helper()
	w := &world{T: t, sim: entratest.NewServer(), git: g, dir: t.TempDir()}
	t.Cleanup(w.sim.Close)
	w.sim.Set(func(s *entratest.Settings) { s.Interval = time.Second })
	var err error
	if w.devops, err = devops.Start(w.sim, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.devops.Close)
	w.devops.AddOrganization("contoso", entratest.TenantContoso)
	w.devops.AddOrganization("fabrikam", entratest.TenantFabrikam)
	t.Cleanup(w.checkSecrets)

	w.write("devops.pem", string(w.devops.CertPEM()))
	w.settings("")
	w.helper()
	w.repository("contoso/tools/_git/app")
	w.repository("fabrikam/lib/_git/lib")
	return w
}

// settings writes the config file of entralogin.
func (w *world) settings(more string) {
	w.Helper()
	w.write(".config/entralogin/ca.pem", string(w.sim.CertPEM()))
	w.write(".config/entralogin/config.yaml", fmt.Sprintf("client-id: %s\nauthority-host: %s\nauthorities:\n  - host: %s\n    ca-file: ca.pem\n%s",
		entratest.ClientID, w.sim.URL, w.sim.Host, more))
}

// person is the part of the git configuration that has nothing to do with credentials.
const person = `
[user]
	name = Carol
	email = carol@fabrikam.example
[init]
	defaultBranch = main
[filter "lfs"]
	clean = git-lfs clean -- %f
	smudge = git-lfs smudge -- %f
	process = git-lfs filter-process
	required = true
`

// helper writes a git configuration with entralogin as the helper. Each run of it leaves a file behind, named after
// its process, with the operation.
func (w *world) helper() {
	w.Helper()
	w.mkdir("runs")
	w.write("bin/entralogin", fmt.Sprintf("#!/bin/sh\necho \"$2\" >'%s'/$$\nexec '%s' \"$@\"\n", w.path("runs"), entralogin))
	if err := os.Chmod(w.path("bin/entralogin"), 0o700); err != nil {
		w.Fatal(err)
	}
	w.write(".gitconfig", person+strings.ReplaceAll(`
[credential "https://dev.azure.com"]
	helper =
	helper = ENTRALOGIN git-credential
	useHttpPath = true
[credential "https://*.visualstudio.com"]
	helper =
	helper = ENTRALOGIN git-credential
`, "ENTRALOGIN", w.path("bin/entralogin")))
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

// config adds to the git configuration.
func (w *world) config(text string) {
	w.Helper()
	old, err := os.ReadFile(w.path(".gitconfig"))
	if err != nil {
		w.Fatal(err)
	}
	w.write(".gitconfig", string(old)+text)
}

// repository makes a repository of the server, with one commit. Nobody has to sign in for that.
func (w *world) repository(path string) {
	w.Helper()
	dir, err := w.devops.AddRepository(path)
	if err != nil {
		w.Fatal(err)
	}
	work := w.TempDir()
	w.succeed("init", "--quiet", work)
	w.succeed("-C", work, "commit", "--quiet", "--allow-empty", "-m", "the first")
	w.succeed("-C", work, "push", "--quiet", dir, "HEAD:refs/heads/main")
}
