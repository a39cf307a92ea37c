package main

import (
	"fmt"
	"os"
	"regexp"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestNoCore ends entralogin at its prompt in the ways that write a core file, with a caller that allows
// one and with GOTRACEBACK=crash.
func TestNoCore(t *testing.T) {
	t.Parallel()
	const allow = `ulimit -c "$(ulimit -H -c)"; `
	control := newHouse(t)
	control.call("sh", "-c", allow+"kill -ABRT $$")
	if entries, err := os.ReadDir(control.work); err != nil || len(entries) == 0 {
		t.Log("cores go elsewhere on this machine: the state of the process alone is checked")
	}
	for _, signal := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
		h := newHouse(t, "GOTRACEBACK=crash")
		r := h.start("sh", "-c", allow+"exec entralogin get-token --server-id "+entratest.ServerID)
		r.prompted(t)
		limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", r.cmd.Process.Pid))
		if err != nil || !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(limits) {
			t.Errorf("the limit of core files: %v, %s", err, limits)
		}
		info, err := os.Stat(fmt.Sprintf("/proc/%d/environ", r.cmd.Process.Pid))
		if err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 {
			t.Errorf("the process is dumpable: %v, %v", info, err)
		}
		r.cmd.Process.Signal(signal)
		r.cmd.Wait()
		if entries, err := os.ReadDir(h.work); err != nil || len(entries) != 0 {
			t.Errorf("%v: left %v, %v", signal, entries, err)
		}
		if r.cmd.ProcessState.Sys().(syscall.WaitStatus).CoreDump() {
			t.Errorf("%v: the kernel says that it wrote a core", signal)
		}
	}
}
