package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Who signs out where nobody has signed in hears that tokens of machines are stored, and how they go.
func TestLogoutBesideMachines(t *testing.T) {
	h := newHouse(t)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(h.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)), 0o600); err != nil {
		t.Fatal(err)
	}
	const hint, machine = "Tokens of machines are stored", "--login spn --client-id " + entratest.DaemonID + " --client-secret-file "
	for _, step := range []struct {
		line string
		hint bool
	}{
		{"logout", false}, {"get-token --server-id " + entratest.ServerID + " " + machine + file, false}, {"logout", true},
		{"logout " + machine + file, false}, {"logout", false},
	} {
		r := h.call(append([]string{"entralogin"}, strings.Fields(step.line)...)...)
		said := strings.Join(strings.Fields(string(r.out.Bytes())), " ")
		if r.cmd.ProcessState.ExitCode() != 0 || strings.Contains(said, hint) != step.hint {
			t.Errorf("%s: %v, %q, %q", step.line, r.cmd.ProcessState, said, r.err.Bytes())
		}
	}
}
