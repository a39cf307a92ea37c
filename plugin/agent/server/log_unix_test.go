//go:build linux || darwin

package server

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/agent"
)

// A log that is full, of the longest lines, comes whole.
func TestLogIsReadWhole(t *testing.T) {
	t.Parallel()
	runtime, err := os.MkdirTemp("", "log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(runtime) })
	getenv := func(string) string { return runtime } // XDG_RUNTIME_DIR
	path := filepath.Join(agent.Folder(getenv, os.Geteuid()), agent.Main)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Settings{})
	go s.Serve(t.Context(), l, s.Main())
	wide := strings.Repeat("<", 80) // which JSON has room for sixfold
	for i := range 2 * agent.MostEntries {
		s.log.note(agent.Entry{Host: fmt.Sprint(i), Resource: wide, Tenant: wide, Account: wide, Outcome: strings.Repeat("<", 2*longestOutcome)})
	}
	c := agent.Control{Getenv: getenv, UID: os.Geteuid()}
	log, err := c.Log(t.Context())
	if err != nil || len(log) != agent.MostEntries || log[agent.MostEntries-1].Host != fmt.Sprint(2*agent.MostEntries-1) || len(log[0].Outcome) > longestOutcome+3 {
		t.Errorf("%d lines, %v", len(log), err)
	}
	if said, _, err := c.Status(t.Context()); err != nil || said.PID != os.Getpid() {
		t.Errorf("%+v, %v", said, err)
	}
}
