//go:build unix

package feeds

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// signIn is what a person does once: Carol is at hand, and pip before 23.1 would keep the prompt to itself.
func (w *world) signIn(p pip) {
	w.Helper()
	w.Sim.AutoApprove(entratest.Carol, 0)
	if !p.shows {
		w.succeed(w.program(entralogin, "artifacts", "token", "https://pkgs.dev.azure.com/contoso"))
	}
}

// silent runs a program that has to succeed without asking anybody.
func (w *world) silent(r *home.Run) {
	w.Helper()
	if _, stderr := w.MustSucceed(r); home.Prompts(stderr) != 0 {
		w.Errorf("%q asked somebody:\n%s", r.Args, stderr)
	}
}

// One sign-in serves each feed of an organisation, by either of its addresses, and git.
func TestPip(t *testing.T) {
	eachPip(t, func(w *world, p pip) {
		w.repository("contoso/tools/_git/app")
		w.signIn(p)
		_, stderr := w.succeed(w.pip(p, "one", pypi("entralogin", deps)))
		if want := map[bool]int{true: 1, false: 0}[p.shows]; home.Prompts(stderr) != want {
			w.Errorf("%d prompts, want %d:\n%s", home.Prompts(stderr), want, stderr)
		}
		if p.shows {
			w.Contains(stderr, "for https://pkgs.dev.azure.com/contoso")
		}
		w.installedByPip("one", "contoso/tools/deps")
		asked := w.Sim.Requests("token")
		w.silent(w.Begin(w.pip(p, "two", pypi("VssSessionToken", shared))))
		w.installedByPip("two", "contoso/shared")
		w.silent(w.Begin(w.pip(p, "three", pypi("contoso", old))))
		w.installedByPip("three", "contoso/tools/deps")
		w.silent(w.Begin(w.program("git", "-c", "credential.helper=!entralogin git-credential", "-c", "credential.useHttpPath=true",
			"ls-remote", "https://dev.azure.com/contoso/tools/_git/app")))
		if n := w.Sim.Requests("token"); n != asked {
			w.Errorf("%d tokens were asked for after the first", n-asked)
		}
		if n := strings.Count(w.Heard(), "401 HEAD dev.azure.com/contoso"); n != 1 {
			w.Errorf("the tenant was asked for %d times", n)
		}
		w.Codes(1)
		w.checkSecrets()
	})
}

// An index of another tenant takes a token of that tenant, and no second sign-in. pip has one password for a host, so each
// of the two is refused now and then, and asked for again.
func TestPipTwoTenants(t *testing.T) {
	eachPip(t, func(w *world, p pip) {
		w.signIn(p)
		w.succeed(w.pip(p, "both", pypi("entralogin", deps), pypi("entralogin", theirs)))
		w.Codes(1)
		tenants := map[any]bool{}
		for _, r := range w.devops.Requests() {
			if r.Status != 200 || r.Token == "" {
				continue
			}
			claims, err := w.Sim.VerifyToken(r.Token, devops.Audience)
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

// A token that ended is renewed, and nobody is asked.
func TestPipRenews(t *testing.T) {
	eachPip(t, func(w *world, p pip) {
		w.signIn(p)
		w.succeed(w.pip(p, "one", pypi("entralogin", deps)))
		old := w.refused()
		w.silent(w.Begin(w.pip(p, "two", pypi("entralogin", deps))))
		w.installedByPip("two", "contoso/tools/deps")
		if now := w.taken(); now == old {
			w.Errorf("no other token came")
		}
		w.Codes(1)
	})
}

// Hosts that look like ours get nothing, and nobody is asked on their behalf.
func TestPipForeignHosts(t *testing.T) {
	eachPip(t, func(w *world, p pip) {
		w.signIn(p)
		w.succeed(w.pip(p, "one", pypi("entralogin", deps))) // so that there is a token to lose
		tokens := w.Sim.Requests("token")
		w.Env = append(w.Env, "PIP_NO_INPUT=1")
		for _, host := range []string{"git.example", "pkgs.dev.azure.com.evil.example", "evilvisualstudio.com"} {
			w.devops.AddHost(host, entratest.TenantContoso, devops.Audience)
			w.devops.ResetRequests()
			said := w.fail(w.pip(p, "two", pypi("entralogin", host+"/contoso/_packaging/deps")))
			if strings.Contains(said, "entralogin: ") {
				w.Errorf("the keyring spoke:\n%s", said)
			}
			for _, r := range w.devops.Requests() {
				if r.Token != "" {
					w.Errorf("%s got a credential:\n%s", host, w.Heard())
				}
			}
			if len(w.devops.Requests()) == 0 {
				w.Errorf("pip did not come to %s:\n%s", host, said)
			}
		}
		if w.Sim.Requests("token") != tokens {
			w.Errorf("a token was asked for")
		}
		w.Codes(1)
	})
}
