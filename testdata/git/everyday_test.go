//go:build unix

package git

import (
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// One sign-in serves clone, push and fetch, in the scheme that this git can do best.
func TestCloneFetchPush(t *testing.T) {
	eachGit(t, func(w *world) {
		w.Sim.AutoApprove(entratest.Carol, 0)
		_, stderr := w.succeed("clone", app, "one")
		if n := home.Prompts(stderr); n != 1 {
			w.Errorf("%d prompts:\n%s", n, stderr)
		}
		w.Contains(stderr, "git, for https://dev.azure.com/contoso")
		w.silent("clone", app, "two")
		data := make([]byte, 3<<20)
		rand.Read(data)
		w.Write("one/data", string(data))
		w.succeed("-C", "one", "add", "data")
		w.succeed("-C", "one", "commit", "--quiet", "-m", "3 MiB")
		w.silent("-C", "one", "push", "origin", "main")
		w.silent("-C", "two", "pull", "--ff-only")
		if got, err := os.ReadFile(w.Path("two/data")); err != nil || string(got) != string(data) {
			w.Errorf("what was pushed does not come back: %d bytes, %v", len(got), err)
		}
		w.Codes(1)
		asked := 0
		for _, r := range w.devops.Requests() {
			if r.Method == "HEAD" {
				asked++
			} else if r.Scheme != "" && (r.Scheme != w.git.scheme() || r.Status != 200) {
				w.Errorf("%s %s: %s %d %s", r.Method, r.Path, r.Scheme, r.Status, r.Reason)
			}
		}
		// Since 2.41 git passes the challenge on. Where it does not, the organisation is asked for once.
		if want := map[bool]int{true: 0, false: 1}[w.git.since(2, 41)]; asked != want {
			w.Errorf("the tenant was asked for %d times, want %d:\n%s", asked, want, w.Heard())
		}
		if n := len(w.tokens()); n != 1 {
			w.Errorf("%d tokens", n)
		}
	})
}

// A submodule of another organisation in another tenant takes a token of that tenant, and no second sign-in.
func TestSubmoduleOfAnotherTenant(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.silent("-C", "one", "submodule", "add", lib, "lib")
		w.succeed("-C", "one", "commit", "--quiet", "-m", "lib")
		w.silent("-C", "one", "push", "origin", "main")
		w.silent("clone", "--recurse-submodules", app, "two")
		if _, err := os.Stat(w.Path("two/lib/.git")); err != nil {
			w.Error(err)
		}
		w.Codes(1)
		tenants := map[any]bool{}
		for _, token := range w.tokens() {
			claims, err := w.Sim.VerifyToken(token, devops.Audience)
			if err != nil {
				w.Error(err)
			}
			tenants[claims["tid"]] = true
		}
		if len(tenants) != 2 || !tenants[entratest.TenantContoso] || !tenants[entratest.TenantFabrikam] {
			w.Errorf("tokens of the tenants %v", tenants)
		}
	})
}

// The other ways to write the address of a repository.
func TestAddresses(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.silent("clone", "https://contoso.visualstudio.com/tools/_git/app", "old")
		w.silent("clone", strings.Replace(app, "https://", "https://contoso@", 1), "portal") // as the portal shows it
		w.silent("clone", strings.Replace(app, "https://", "https://carol%40fabrikam.example@", 1), "account")
		w.Codes(1)
	})
}

// A git that signs in before it is asked to has no challenge to pass on.
func TestProactive(t *testing.T) {
	eachGit(t, func(w *world) {
		w.config("[http]\n\tproactiveAuth = auto\n") // nothing before git 2.46
		w.clone("one")
		w.silent("-C", "one", "fetch")
		w.silent("clone", app, "two")
		w.Codes(1)
		if n := strings.Count(w.Heard(), "401 HEAD dev.azure.com/contoso"); n > 1 {
			w.Errorf("the tenant was asked for %d times:\n%s", n, w.Heard())
		}
		if n := strings.Count(w.Heard(), "401 GET"); w.git.since(2, 46) && n != 0 {
			w.Errorf("git came without a token:\n%s", w.Heard())
		}
	})
}

const ownHost = "hosts:\n  - host: git.example\n    scope: " + entratest.ServerID + "/.default\n    tenant-id: " + entratest.TenantContoso + "\n"

// A host of somebody's own, behind something that asks for tokens of Entra.
func TestHostOfItsOwn(t *testing.T) {
	eachGit(t, func(w *world) {
		w.devops.AddHost("git.example", entratest.TenantContoso, entratest.ServerID)
		w.repository("git.example/app")
		w.Settings(ownHost)
		w.config("[credential \"https://git.example\"]\n\thelper =\n\thelper = " + w.Path("bin/entralogin") + " git-credential\n")
		w.Sim.AutoApprove(entratest.Carol, 0)
		w.succeed("clone", "https://git.example/app", "one")
		w.silent("-C", "one", "fetch")
		w.silent("clone", app, "two") // one sign-in for both
		w.Codes(1)
	})
}
