//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestUnderNohup runs these tests as nohup does, and as a shell runs them in the background.
func TestUnderNohup(t *testing.T) {
	t.Parallel()
	const inside = "ENTRALOGIN_TEST_NOHUP"
	if os.Getenv(inside) == "" {
		cmd := exec.Command("sh", "-c", `trap "" HUP INT; exec "$@"`, "sh", os.Args[0], "-test.run=^TestUnderNohup$")
		cmd.Env = append(os.Environ(), inside+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT} {
		err := exec.Command("sh", "-c", "kill -s "+map[syscall.Signal]string{syscall.SIGHUP: "HUP", syscall.SIGINT: "INT"}[s]+" $$").Run()
		exit := (*exec.ExitError)(nil)
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != s {
			t.Errorf("%v does not end a program: %v", s, err)
		}
	}
}

// TestHangupIgnored: a hangup that the caller chose to ignore ends nothing, whoever asks for it.
func TestHangupIgnored(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	r := h.start("sh", "-c", `trap "" HUP; exec entralogin get-token --server-id `+entratest.ServerID)
	r.prompted(t)
	if err := r.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
		t.Fatal(err)
	}
	r.cmd.Wait()
	if code := r.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(string(r.out.Bytes()), "eyJ") {
		t.Errorf("exit code %d: %s", code, r.err.Bytes())
	}
}
