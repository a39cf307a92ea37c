//go:build unix

package apiserver

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// k9s starts, or starts anew, the k9s of $PATH (.ci/run builds it) in a terminal of 120 columns and 24 rows, which tmux is.
func (h *home) k9s() {
	h.t.Helper()
	program, err := exec.LookPath("k9s")
	if err != nil {
		h.t.Fatalf("%v: go install github.com/derailed/k9s@v0.27.4", err)
	}
	if err := clientcmd.WriteToFile(h.kubeconfig(), filepath.Join(h.dir, "kubeconfig")); err != nil {
		h.t.Fatal(err)
	}
	cmd := h.command(program, "--command", "namespaces", "--refresh", "2", "--logFile", filepath.Join(h.dir, "k9s.log"))
	run := slices.Concat([]string{"env", "-i", "TERM=xterm-256color", "XDG_CONFIG_HOME=" + filepath.Join(h.dir, "config")}, cmd.Env, cmd.Args)
	if _, err := h.tmux(append([]string{"respawn-pane", "-k"}, run...)...); err == nil {
		return
	}
	if out, err := h.tmux(append([]string{"new-session", "-d", "-x", "120", "-y", "24"}, run...)...); err != nil {
		h.t.Fatalf("tmux: %v\n%s", err, out)
	}
}

func (h *home) tmux(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-S", filepath.Join(h.dir, "tmux"), "-f", "/dev/null"}, args...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "HOME=" + h.dir}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// shows waits until the terminal shows what a test wants to see, and returns its rows.
func (h *home) shows(what string, wanted func(screen string) bool) []string {
	h.t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		screen, err := h.tmux("capture-pane", "-p")
		if err == nil && wanted(screen) {
			return strings.Split(screen, "\n")
		}
		if time.Now().After(end) {
			h.t.Fatalf("not %s: %v\n%s", what, err, screen)
		}
	}
}

func (h *home) requested(devicecode, token int) {
	h.t.Helper()
	if d, n := h.sim.Requests("devicecode"), h.sim.Requests("token"); d != devicecode || n != token {
		h.t.Errorf("%d requests of a code and %d of a token, want %d and %d", d, n, devicecode, token)
	}
	h.sim.ResetRequests()
}

// K9s, cold and warm, and the prompt that comes while it has the screen: it lies on the first rows, the screen below
// stays where it was, and is whole again when the code has been entered.
func TestK9s(t *testing.T) {
	t.Parallel()
	h := usual(t)
	h.t.Cleanup(func() { h.tmux("kill-server") })
	h.write("config/k9s/config.yml", 0o600, "k9s:\n  skipLatestRevCheck: true\n")
	h.write("bin/entralogin", 0o700, "#!/bin/sh\nexec '"+path(t, "entralogin")+"' \"$@\"\n") // its standard error is the terminal
	listed := func(screen string) bool {
		return strings.Contains(screen, "Context: sim") && strings.Contains(screen, "kube-system")
	}

	h.sim.AutoApprove(entratest.Alice, 0)
	h.k9s()
	h.shows("the namespaces", listed)
	h.requested(1, 1)
	h.k9s()
	h.shows("the namespaces again", listed)
	h.requested(0, 0)

	h.sim.Set(func(s *entratest.Settings) { s.TokenLife = 20 * time.Second })
	h.run("entralogin", append(h.args, "--force-refresh")...)
	h.k9s()
	before := h.shows("the namespaces with a token of 20 seconds", listed)
	h.sim.AutoApprove(entratest.Alice, time.Hour)
	h.sim.RevokeSessions(entratest.Alice)
	rows := h.shows("the prompt", func(screen string) bool {
		return strings.Contains(screen, "enter the code") && strings.Contains(screen, "just now")
	})
	if !strings.HasPrefix(rows[0], "entralogin: ") || rows[11] != before[11] || rows[22] != before[22] || strings.Contains(strings.Join(rows, ""), " left") {
		t.Errorf("k9s' screen moved:\n%s\nIt was:\n%s", strings.Join(rows, "\n"), strings.Join(before, "\n"))
	}

	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	code, err := h.sim.WaitForCode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.sim.Approve(code, entratest.Alice); err != nil {
		t.Fatal(err)
	}
	h.shows("its screen again", func(screen string) bool { return listed(screen) && !strings.Contains(screen, "entralogin") })
}
