//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// agentHouse is a house in which an agent serves.
type agentHouse struct {
	*house
	program string
	runtime string // XDG_RUNTIME_DIR, with a path that is short enough for a socket
	agent   *run
}

// newAgentHouse starts an agent, and has nobody signed in.
func newAgentHouse(t *testing.T, env ...string) *agentHouse {
	t.Helper()
	runtime, err := os.MkdirTemp("", "ela")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	h := &agentHouse{house: newHouse(t, append(env, "XDG_RUNTIME_DIR="+runtime)...), program: built(t), runtime: runtime}
	h.sim.AutoApprove(entratest.Alice, 0)
	h.serve()
	return h
}

func (h *agentHouse) socket(name string) string { return filepath.Join(h.runtime, "entralogin", name) }

// serve starts an agent, and waits until it listens.
func (h *agentHouse) serve() {
	h.t.Helper()
	h.agent = h.start(h.program, "agent")
	heard := func() bool { return strings.Count(string(h.agent.err.Bytes()), "listens at") == 2 }
	if !until(heard) {
		h.t.Fatalf("no agent: %s", h.agent.err.Bytes())
	}
}

// kill kills the agent.
func (h *agentHouse) kill() {
	h.agent.cmd.Process.Kill()
	h.agent.cmd.Wait()
}

// ask makes one request over a socket of the agent, and returns the status and the body.
func (h *agentHouse) ask(socket, method, path string) (status int, body string) {
	h.t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", h.socket(socket))
	}
	client := http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	req, err := http.NewRequest(method, "http://agent"+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	blob, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(blob)
}

func (h *agentHouse) lock()   { h.ask(agent.Main, http.MethodPost, server.LockPath) }
func (h *agentHouse) unlock() { h.ask(agent.Main, http.MethodPost, server.UnlockPath) }

// signIn signs alice in with the storage agent.
func (h *agentHouse) signIn() {
	h.t.Helper()
	h.exits(0, "", "login", "--storage", "agent", "--prompt", "always", "--scope", entratest.ServerID+"/.default")
}

// exits runs entralogin, and checks the exit code and that stderr has a text.
func (h *agentHouse) exits(code int, says string, args ...string) (answer string) {
	h.t.Helper()
	r := h.call(append([]string{h.program}, args...)...)
	if said := string(r.err.Bytes()); r.cmd.ProcessState.ExitCode() != code || !strings.Contains(said, says) {
		h.t.Errorf("%q ends with %d, not %d and %q: %s", args, r.cmd.ProcessState.ExitCode(), code, says, said)
	}
	return string(r.out.Bytes())
}

func (h *agentHouse) getToken() []string {
	return []string{"get-token", "--server-id", entratest.ServerID, "--prompt", "never"}
}

func TestAgentStorageTry(t *testing.T) {
	h := newAgentHouse(t)
	h.signIn()
	show := func(args ...string) {
		r := h.call(append([]string{h.program}, args...)...)
		t.Logf("%q: %d %.150s %s", args, r.cmd.ProcessState.ExitCode(), r.out.Bytes(), r.err.Bytes())
	}
	all := func() {
		show(append(h.getToken(), "-v")...)
		show("whoami")
		show("account", "list")
		show("doctor")
		show("status")
		show("graph", "me")
		show("login", "--prompt", "never")
		show("logout")
	}
	show(h.getToken()...)
	show("whoami")
	show("account", "list")
	show("doctor")
	show("status")
	show("graph", "me")
	h.lock()
	t.Log("LOCKED")
	all()
	h.unlock()
	t.Log("UNLOCKED")
	show(h.getToken()...)
	h.kill()
	t.Log("KILLED")
	all()
	h.serve()
	t.Log("AGAIN")
	all()
	t.Logf("%s", h.agent.err.Bytes())
	_ = errors.New
}
