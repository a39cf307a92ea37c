package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// With the storage agent the registry's token is kept, sealed: it ends with the agent.
func TestDockerStorageAgent(t *testing.T) {
	t.Parallel()
	h := newStorageHouse(t)
	h.standForRegistry(t)
	if r := h.call(h.program, "login", "--storage", "agent", "--scope", docker.Scope); r.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("%s", r.err.Bytes())
	}
	d := &dockerHouse{house: h.house}
	get := []string{h.program, "docker-credential", "get"}
	first := d.gives(h.sim.Host, get...)
	h.sim.ResetRequests()
	for range 2 {
		if again := d.gives(h.sim.Host, get...); again != first {
			t.Error("another token")
		}
	}
	d.requested(0, 0)
	for folder, held := range h.cached("tokens") {
		if strings.Contains(held, first[strings.LastIndex(first, ".")+1:]) {
			t.Errorf("the token is in %s", folder)
		}
	}
	h.kill()
	h.env = append(h.env, "ENTRALOGIN_PROMPT=never")
	if r := h.feed(h.sim.Host, get...); r.cmd.ProcessState.ExitCode() != 4 || len(r.err.Bytes()) == 0 {
		t.Errorf("%d: %s%s", r.cmd.ProcessState.ExitCode(), r.out.Bytes(), r.err.Bytes())
	}
	d.requested(0, 0)
}

// A host that reaches the agent of a laptop gets tokens for registries if they are allowed there. It keeps nothing.
func TestDockerForwarded(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	h.standForRegistry(t)
	h.signedIn()
	asked := h.confirming()
	served := h.start(program(t), "agent", "--allow", "acr")
	h.awaits(served, "the agent listens at", 2)
	there := h.elsewhere()
	there.env = append(there.env, "ENTRALOGIN_AGENT="+h.at(agent.Forward), "ENTRALOGIN_PROMPT=auto")
	d := &dockerHouse{house: there.house}
	h.sim.ResetRequests()
	for range 2 {
		d.gives(h.sim.Host, program(t), "docker-credential", "get")
	}
	d.requested(2, -1)
	if asked() != 1 {
		t.Errorf("asked %d times", asked())
	}
	if kept, _ := filepath.Glob(filepath.Join(h.dir, "elsewhere", "entralogin", "tokens", "*")); len(kept) > 0 {
		t.Errorf("kept: %q", kept)
	}
}

// standForRegistry has the simulator stand for a registry, too.
func (h *house) standForRegistry(t *testing.T) {
	t.Helper()
	h.sim.AddRegistry(entratest.Registry{Host: h.sim.Host})
	h.configure(t, "registries:\n- host: "+h.sim.Host+"\n")
	h.env = append(h.env, "SSL_CERT_FILE="+filepath.Join(h.home, ".config", "entralogin", "ca.pem"))
}
