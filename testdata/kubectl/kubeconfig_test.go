//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// entralogin runs the program by hand, in the environment in which kubectl runs it, and returns its
// standard output.
func (h *home) entralogin(args ...string) string {
	h.t.Helper()
	cmd := h.command(kubectl{}, "")
	cmd.Path, cmd.Args = filepath.Join(binaries, "entralogin"), append([]string{"entralogin"}, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("entralogin %q: %v\n%s", args, err, stderr.String())
	}
	return string(stdout)
}

// newConfigured is a home with a kubeconfig that kubectl made itself, and to which "entralogin kubeconfig
// add" added the user.
func newConfigured(t *testing.T, k kubectl, more ...string) *home {
	t.Helper()
	h := newHome(t)
	if err := os.Remove(filepath.Join(h.dir, ".kube", "config")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"set-cluster", "shop", "--server", h.server, "--certificate-authority", filepath.Join(h.dir, ".config", "entralogin", "ca.pem"), "--embed-certs"},
		{"set-context", "shop", "--cluster", "shop", "--user", "shop-user"},
		{"use-context", "shop"},
	} {
		h.succeed(k, append([]string{"config"}, args...)...)
	}
	stdout := h.entralogin(append([]string{"kubeconfig", "add", "--server-id", entratest.ServerID, "--tenant-id", entratest.TenantContoso,
		"--client-id", entratest.ClientID, "--authority-host", h.sim.URL}, more...)...)
	contains(t, stdout, "Wrote user shop-user in ")
	h.sim.AutoApprove(entratest.Alice, 0)
	return h
}

// entry returns a field of the user's entry, as kubectl reads it.
func (h *home) entry(k kubectl, field string) string {
	h.t.Helper()
	stdout, _ := h.succeed(k, "config", "view", "--raw", "--output", `jsonpath={.users[?(@.name=="shop-user")].user.exec.`+field+`}`)
	return stdout
}

// A cluster and a context that kubectl wrote, and a user that entralogin adds: nothing else is needed.
func TestKubeconfigAdd(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newConfigured(t, k)
		stdout, stderr := h.succeed(k, "get", "namespaces")
		contains(t, stdout, "default ")
		asked(t, stderr, 1)
		contains(t, stderr, "entralogin: kubectl, for the cluster "+h.sim.URL+", needs a sign-in ")
		h.requests(1, 1)

		h.sim.ResetRequests()
		_, stderr = h.succeed(k, "--context", "shop", "get", "namespaces")
		asked(t, stderr, 0)
		h.untouched()
		for field, want := range map[string]string{"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable",
			"provideClusterInfo": "true", "command": filepath.Join(binaries, "entralogin")} {
			if got := h.entry(k, field); got != want {
				t.Errorf("the entry has the %s %q, want %q", field, got, want)
			}
		}
		// What kubectl writes afterwards takes nothing away.
		h.succeed(k, "config", "set-context", "shop", "--namespace", "front")
		h.succeed(k, "get", "namespaces")
		h.untouched()
	})
}

// Where the command is not there kubectl shows the hint of the entry.
func TestInstallHint(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newConfigured(t, k, "--bare")
		if err := os.Remove(filepath.Join(h.dir, "bin", "entralogin")); err != nil {
			t.Fatal(err)
		}
		hint := h.entry(k, "installHint")
		if hint == "" {
			t.Fatal("the entry has no hint")
		}
		stderr := h.fail(k, "get", "namespaces")
		contains(t, stderr, "executable entralogin not found", strings.TrimSpace(hint))
		h.untouched()
	})
}

// A list of the credential plugins that may run, which kubectl has since 1.35, takes the very command of the
// entry, and the place where the PATH has one that is bare. With another path kubectl does not run it.
func TestAllowlist(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "entralogin")
	if out, err := exec.Command("cp", filepath.Join(binaries, "entralogin"), elsewhere).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	listed := slices.DeleteFunc(slices.Clone(kubectls), func(k kubectl) bool { return k.minor < 35 })
	each(t, listed, func(t *testing.T, k kubectl) {
		h := newConfigured(t, k)
		h.allow(k, elsewhere)
		contains(t, h.fail(k, "get", "namespaces"), "allowlist")
		h.untouched()
		command := h.entry(k, "command")
		if !filepath.IsAbs(command) {
			t.Errorf("the entry has the command %q", command)
		}
		h.allow(k, command)
		_, stderr := h.succeed(k, "get", "namespaces")
		asked(t, stderr, 1)

		bare := newConfigured(t, k, "--bare")
		bare.allow(k, elsewhere)
		contains(t, bare.fail(k, "get", "namespaces"), "allowlist")
		bare.ran(0, 0)
		bare.allow(k, filepath.Join(bare.dir, "bin", "entralogin"))
		bare.succeed(k, "get", "namespaces")
		bare.ran(1, 1)
	})
}

// allow writes a kuberc that has one credential plugin alone run. What names it had another name in 1.35.
func (h *home) allow(k kubectl, command string) {
	h.t.Helper()
	key := "command"
	if k.minor < 36 {
		key = "name"
	}
	h.write(".kube/kuberc", 0o600, fmt.Sprintf("apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n"+
		"credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- %s: %s\n", key, command))
}

// What az and Azure/kubelogin leave behind works after "entralogin kubeconfig convert", too.
func TestKubeconfigConvert(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newPublic(t)
		h.kubeloginConfig(kubeloginUser)
		contains(t, h.fail(k, "get", "namespaces"), "executable kubelogin not found")
		h.entralogin("kubeconfig", "convert")
		stdout, stderr := h.succeed(k, "get", "namespaces")
		contains(t, stdout, "default ")
		asked(t, stderr, 1)
		h.requests(1, 1)
	})
}

// Where a client is configured one sign-in serves AKS, git and Graph, whether it or the entry comes first.
func TestOneSignInForAKS(t *testing.T) {
	const server = "6dae42f8-4368-4678-94ff-3960e28e3630"
	for _, first := range []string{"entry", "sign-in"} {
		t.Run(first, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t)
				c := h.newCluster(server)
				h.write(".config/entralogin/config.yaml", 0o600, fmt.Sprintf("authorities: [{host: %q, ca-file: ca.pem, graph: %q}]\n"+
					"authority-host: %s\ntenant-id: %s\nclient-id: %s\n", h.sim.Host, h.sim.URL, h.sim.URL, entratest.TenantContoso, entratest.ClientID))
				h.sim.AutoApprove(entratest.Alice, 0)
				if first == "sign-in" {
					contains(t, h.entralogin("graph", "me"), "Alice Adams")
				}
				contains(t, h.entralogin("kubeconfig", "add", "--aks"), "Wrote user sim in ")
				h.succeed(k, "get", "configmaps")
				contains(t, h.entralogin("graph", "me"), "Alice Adams")
				h.write("question", 0o600, "protocol=https\nhost=dev.azure.com\npath=contoso/project/_git/repository\n"+
					"wwwauth[]=Bearer authorization_uri=https://login.microsoftonline.com/"+entratest.TenantContoso+"\n")
				git := h.command(kubectl{}, "")
				git.Path, git.Args = "/bin/sh", []string{"sh", "-c", "entralogin git-credential get <question"}
				answer, err := git.Output()
				if err != nil {
					t.Fatal(err)
				}
				contains(t, string(answer), "password=ey")
				h.requests(1, -1)
				if tokens, refusals := c.used(); tokens != 1 || refusals != 0 {
					t.Errorf("the cluster saw %d tokens, and refused %d", tokens, refusals)
				}
			})
		})
	}
}
