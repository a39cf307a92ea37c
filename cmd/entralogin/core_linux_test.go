package main

import (
	"fmt"
	"os"
	"os/exec"
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

// TestNotDumpable asks the kernel, in a process of its own, what writeNoCore has done.
func TestNotDumpable(t *testing.T) {
	const inside = "ENTRALOGIN_TEST_DUMPABLE"
	if os.Getenv(inside) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNotDumpable$")
		cmd.Env = append(os.Environ(), inside+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	dumpable := func() uintptr {
		n, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
		if errno != 0 {
			t.Fatal(errno)
		}
		return n
	}
	before := dumpable()
	writeNoCore()
	if after := dumpable(); before != 1 || after != 0 {
		t.Fatalf("dumpable was %d and is %d, not 1 and 0", before, after)
	}
}
