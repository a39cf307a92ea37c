//go:build unix

package feeds

import (
	"os"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/devops"
)

// token is one for the feeds of Contoso, for Carol.
func (w *world) token(tenant string) string {
	w.Helper()
	w.Sim.AutoApprove(entratest.Carol, 0)
	out, _ := w.succeed(w.program(entralogin, "account", "get-access-token", "--tenant", tenant, "--resource", devops.Audience,
		"--query", "accessToken", "--output", "tsv"))
	return strings.TrimSpace(out)
}

// The token goes where each package manager keeps one, with none of our helpers: what fails here fails without entralogin.
// Each of the clients is refused without a token, and brings none to the store of blobs.
func TestByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := w.token(entratest.TenantContoso)
	foreign := w.token(entratest.TenantFabrikam)
	w.Env = append(w.Env, "PIP_NO_INPUT=1")
	if err := os.Remove(w.Path("bin/keyring")); err != nil {
		t.Fatal(err)
	}
	for _, p := range pips {
		for _, token := range []string{"", ":nonsense", ":" + foreign} {
			w.Contains(w.fail(w.pip(p, "no", pypi("any"+token, deps))), "ERROR")
		}
		w.succeed(w.pip(p, "pip"+p.name, pypi("any:"+good, deps)))
		w.installedByPip("pip"+p.name, "contoso/tools/deps")
	}
	w.npmProject("npm", shared)
	w.Contains(w.fail(w.npm(npms[0], "npm")), "E401")
	w.Write(".npmrc", "//"+shared+"/npm/registry/:_authToken="+good+"\n")
	w.succeed(w.npm(npms[0], "npm"))
	w.installedByNPM("npm", "contoso/shared")

	w.cargoProject("cargo", old, "credential-provider = \"cargo:token\"\n")
	w.Contains(w.fail(w.inCargo("cargo", "run", "--quiet")), "no token found for `deps`")
	cmd := w.inCargo("cargo", "run", "--quiet")
	cmd.Env = append(cmd.Env, "CARGO_REGISTRIES_DEPS_TOKEN=Bearer "+good)
	w.said(cmd, "contoso/tools/deps")
}
