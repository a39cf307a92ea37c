//go:build linux

package registry

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Sixteen programs at once, of several kinds, in an empty home: one sign-in, one exchange.
func TestTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.seed(host, "app:1")
	w.Sim.AutoApprove(entratest.Alice, 0)
	kinds := []string{"crane pull HOST/app:1 pulled-%d.tar", "skopeo copy docker://HOST/app:1 dir:pulled-%d", "oras manifest fetch HOST/app:1 -o manifest-%d", "crane digest HOST/app:1"}
	failed := make(chan error)
	const all = 16
	for i := range all {
		line := kinds[i%len(kinds)]
		if strings.Contains(line, "%d") {
			line = fmt.Sprintf(line, i)
		}
		cmd := w.command(on(host, strings.Fields(line))...)
		go func() {
			said, err := cmd.CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%q: %w\n%s", cmd.Args, err, said)
			}
			failed <- err
		}()
	}
	for range all {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	w.counts(1, 1)
	if n := w.Runs("get"); n < all {
		t.Errorf("the helper was run %d times", n)
	}
}

// entries is the part of the config that says which tenant registries are in.
const entries = "registries:\n" +
	"  - host: " + host + "\n    tenant-id: " + entratest.TenantContoso + "\n" +
	"  - host: " + other + "\n    tenant-id: " + entratest.TenantFabrikam + "\n"

// From one tenant's registry to another's, with one sign-in.
func TestCopyBetweenTenants(t *testing.T) {
	for _, line := range []string{"crane copy HOST/app:1 OTHER/app:1", "skopeo copy docker://HOST/app:1 docker://OTHER/app:1", "oras copy HOST/app:1 OTHER/app:1"} {
		line = strings.ReplaceAll(line, "OTHER", other)
		name, _, _ := strings.Cut(line, " ")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Settings(entries)
			w.seed(host, "app:1")
			w.Sim.AutoApprove(entratest.Carol, 0)
			w.succeed(on(host, strings.Fields(line))...)
			w.counts(1, 2)
			w.succeed("crane", "digest", other+"/app:1")
			w.counts(1, 2)
		})
	}
}

// A registry behind a name of somebody's own.
func TestOwnDomain(t *testing.T) {
	t.Parallel()
	const own = "registry.contoso.example"
	w := newWorld(t)
	w.registry(own, entratest.TenantContoso)
	w.seed(own, "app:1")
	w.helpers(host, own)
	w.Settings("registries:\n  - host: " + own + "\n    tenant-id: " + entratest.TenantContoso + "\n")
	w.Sim.AutoApprove(entratest.Alice, 0)
	w.succeed("crane", "pull", own+"/app:1", "app.tar")
	w.succeed("crane", "push", "app.tar", host+"/app:1")
	w.counts(1, 2)
}

// Registries that are not ours get nothing, and nobody is asked on their behalf, even if entralogin is set for them.
func TestForeign(t *testing.T) {
	t.Parallel()
	const foreign = "azurecr.contoso.example"
	w := newWorld(t)
	w.registry(foreign, entratest.TenantContoso) // which would take the token
	w.seed(foreign, "app:1")
	w.seed(host, "app:1")
	w.helpers(host, foreign)
	w.Sim.AutoApprove(entratest.Alice, 0)
	w.succeed("crane", "digest", host+"/app:1") // so that there is a token to lose
	w.counts(1, 1)
	for _, line := range []string{"crane digest HOST/app:1", "oras manifest fetch HOST/app:1", "skopeo inspect docker://HOST/app:1", "podman pull HOST/app:1"} {
		before := w.Runs("get")
		said := w.fail(on(foreign, strings.Fields(line))...)
		if strings.Contains(said, "entralogin: ") {
			t.Errorf("the helper spoke:\n%s", said)
		}
		if w.Runs("get") == before {
			t.Errorf("the helper was not run by %q", line)
		}
	}
	w.counts(1, 1)
}

// Names that look alike: nothing is sent anywhere.
func TestLookAlikes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Sim.AutoApprove(entratest.Alice, 0)
	for _, name := range []string{host + ".example.com", "azurecr.io", "x@" + host, host + ":8443", host + ".", "contoso.azurecr.іo", "evilazurecr.io", "a.b.azurecr.io", "http://" + host, host + "/app"} {
		cmd := w.command(helper, "get")
		cmd.Stdin = strings.NewReader(name)
		said, err := cmd.Output()
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 || string(said) != "credentials not found in native keychain\n" {
			t.Errorf("%q: %q, %v", name, said, err)
		}
	}
	if n, strangers := w.Sim.Requests("*"), w.Sim.Strangers(); n != 0 || len(strangers) != 0 {
		t.Errorf("%d requests, and for %q:\n%s", n, strangers, w.requests())
	}
}

// Who may pull only is told so by the registry, once: no other token would help.
func TestPullOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Sim.AddRegistry(entratest.Registry{Host: host, ReadOnly: []string{entratest.Alice}, Handler: w.behind[host]})
	w.seed(host, "app:1")
	w.Sim.AutoApprove(entratest.Alice, 0)
	w.succeed("crane", "pull", host+"/app:1", "app.tar")
	w.fail("crane", "push", "app.tar", host+"/mine:1")
	w.succeed("crane", "digest", host+"/app:1")
	w.counts(1, 1)
}
