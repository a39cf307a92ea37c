//go:build unix

package git

import (
	"os"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// Repositories that every world has. Each has one commit.
const (
	app = "https://dev.azure.com/contoso/tools/_git/app"
	lib = "https://dev.azure.com/fabrikam/lib/_git/lib" // of another tenant
)

// A world is the home of a person beside a simulated sign-in service and a simulated Azure DevOps.
type world struct {
	home.Home
	devops *devops.Server
	git    git
}

func newWorld(t *testing.T, g git) *world {
	t.Helper()
	w := &world{Home: home.New(t, entratest.NewServer()), git: g}
	var err error
	if w.devops, err = devops.Start(w.Sim, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.devops.Close)
	w.Proxy, w.Heard = w.devops.ProxyURL, w.devops.Log
	w.devops.AddOrganization("contoso", entratest.TenantContoso)
	w.devops.AddOrganization("fabrikam", entratest.TenantFabrikam)
	t.Cleanup(w.checkSecrets)

	w.Write("devops.pem", string(w.devops.CertPEM()))
	w.Settings("")
	w.helper()
	w.repository("contoso/tools/_git/app")
	w.repository("fabrikam/lib/_git/lib")
	return w
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
	w.Recorded("entralogin", entralogin, 2)
	w.Write(".gitconfig", person+strings.ReplaceAll(`
[credential "https://dev.azure.com"]
	helper =
	helper = ENTRALOGIN git-credential
	useHttpPath = true
[credential "https://*.visualstudio.com"]
	helper =
	helper = ENTRALOGIN git-credential
`, "ENTRALOGIN", w.Path("bin/entralogin")))
}

// config adds to the git configuration.
func (w *world) config(text string) {
	w.Helper()
	old, err := os.ReadFile(w.Path(".gitconfig"))
	if err != nil {
		w.Fatal(err)
	}
	w.Write(".gitconfig", string(old)+text)
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
