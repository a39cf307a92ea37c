//go:build unix

package feeds

import (
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// The two ways in which cargo asks: by its protocol, and for what stands on standard output.
var providers = map[string]string{
	"protocol": "credential-provider = [\"entralogin\", \"artifacts\", \"cargo\"]\n",
	"stdout":   "credential-provider = [\"cargo:token-from-stdout\", \"entralogin\", \"artifacts\", \"cargo\"]\n",
}

// One sign-in serves each feed of an organisation, by either of its addresses.
func TestCargo(t *testing.T) {
	t.Parallel()
	for name, provider := range providers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sim.AutoApprove(entratest.Carol, 0)
			w.cargoProject("app", deps, provider)
			r := w.start(w.cargo("app"))
			stdout, stderr := w.succeeded(r)
			if stdout != "contoso/tools/deps\n" || prompts(stderr) != 1 {
				w.Errorf("%q, %d prompts:\n%s", stdout, prompts(stderr), stderr)
			}
			w.contains(stderr, "cargo, for https://pkgs.dev.azure.com/contoso")
			asked := w.sim.Requests("token")
			w.cargoProject("old", old, provider)
			r = w.start(w.fetch("old"))
			w.silent(r)
			if n := w.sim.Requests("token"); n != asked {
				w.Errorf("%d tokens were asked for after the first", n-asked)
			}
			w.codes(1)
			w.checkSecrets()
		})
	}
}

// A registry that is not ours gets nothing, and nobody is asked on its behalf. cargo says that there is no token.
func TestCargoForeignHosts(t *testing.T) {
	t.Parallel()
	for name, provider := range providers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.sim.AutoApprove(entratest.Carol, 0)
			w.succeed(w.program(entralogin, "artifacts", "token", "https://pkgs.dev.azure.com/contoso")) // to lose
			const host = "pkgs.dev.azure.com.evil.example"
			w.devops.AddHost(host, entratest.TenantContoso, devops.Audience)
			w.devops.ResetRequests()
			tokens := w.sim.Requests("token")
			w.cargoProject("app", host+"/contoso/_packaging/deps", provider)
			w.contains(w.fail(w.fetch("app")), "deps")
			for _, r := range w.devops.Requests() {
				if r.Token != "" {
					w.Errorf("%s got a credential:\n%s", host, w.requests())
				}
			}
			if len(w.devops.Requests()) == 0 || w.sim.Requests("token") != tokens {
				w.Errorf("%d tokens were asked for:\n%s", w.sim.Requests("token")-tokens, w.requests())
			}
			w.codes(1)
		})
	}
}
