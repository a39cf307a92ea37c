//go:build unix

package feeds

import (
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// The ways in which cargo asks: by its protocol, and for what stands on standard output.
var providers = map[string]string{
	"of the registry": "credential-provider = [\"entralogin\", \"--account\", \"" + entratest.Carol + "\"]\n",
	"by its name":     "credential-provider = \"entralogin\"\n",
	"of all":          "[registry]\nglobal-credential-providers = [\"cargo:token\", \"entralogin\"]\n",
	"standard output": "credential-provider = \"cargo:token-from-stdout entralogin artifacts cargo\"\n",
}

// One sign-in serves each feed of an organisation, by either of its addresses.
func TestCargo(t *testing.T) {
	t.Parallel()
	for name, provider := range providers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Sim.AutoApprove(entratest.Carol, 0)
			w.cargoProject("app", deps, provider)
			r := w.Begin(w.inCargo("app", "run", "--quiet"))
			stdout, stderr := w.MustSucceed(r)
			if stdout != "contoso/tools/deps\n" || home.Prompts(stderr) != 1 {
				w.Errorf("%q, %d prompts:\n%s", stdout, home.Prompts(stderr), stderr)
			}
			w.Contains(stderr, "cargo, for https://pkgs.dev.azure.com/contoso")
			asked := w.Sim.Requests("token")
			w.cargoProject("old", old, provider)
			r = w.Begin(w.inCargo("old", "fetch"))
			w.silent(r)
			if n := w.Sim.Requests("token"); n != asked {
				w.Errorf("%d tokens were asked for after the first", n-asked)
			}
			w.Codes(1)
			w.checkSecrets()
		})
	}
}

// cargo's own command signs in, and what follows asks nobody. Its logout takes away nothing that others use, too.
func TestCargoLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cargoProject("app", shared, providers["of all"])
	w.Sim.AutoApprove(entratest.Carol, 0)
	_, stderr := w.succeed(w.inCargo("app", "login", "--registry", "deps"))
	if home.Prompts(stderr) != 1 {
		w.Errorf("%d prompts:\n%s", home.Prompts(stderr), stderr)
	}
	w.silent(w.Begin(w.inCargo("app", "fetch")))
	_, stderr = w.succeed(w.inCargo("app", "logout", "--registry", "deps"))
	w.Contains(stderr, "entralogin: the feed shares its sign-in")
	w.silent(w.Begin(w.program(entralogin, "artifacts", "token", "https://pkgs.dev.azure.com/contoso")))
	w.Codes(1)
}

// A registry that is not ours gets nothing, and nobody is asked on its behalf. cargo says that there is no token.
func TestCargoForeignHosts(t *testing.T) {
	t.Parallel()
	for name, provider := range providers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Sim.AutoApprove(entratest.Carol, 0)
			w.succeed(w.program(entralogin, "artifacts", "token", "https://pkgs.dev.azure.com/contoso")) // to lose
			const host = "pkgs.dev.azure.com.evil.example"
			w.devops.AddHost(host, entratest.TenantContoso, devops.Audience)
			w.devops.ResetRequests()
			tokens := w.Sim.Requests("token")
			w.cargoProject("app", host+"/contoso/_packaging/deps", provider)
			w.Contains(w.fail(w.inCargo("app", "fetch")), "deps")
			for _, r := range w.devops.Requests() {
				if r.Token != "" {
					w.Errorf("%s got a credential:\n%s", host, w.Heard())
				}
			}
			if len(w.devops.Requests()) == 0 || w.Sim.Requests("token") != tokens {
				w.Errorf("%d tokens were asked for:\n%s", w.Sim.Requests("token")-tokens, w.Heard())
			}
			w.Codes(1)
		})
	}
}
