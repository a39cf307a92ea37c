package proc

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// TestNotDumpable asks the kernel, in a process of its own, what WriteNoCore has done.
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
	WriteNoCore()
	if after := dumpable(); before != 1 || after != 0 {
		t.Fatalf("dumpable was %d and is %d, not 1 and 0", before, after)
	}
}
