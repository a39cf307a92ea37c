//go:build unix

package cache

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// childVariable names what a copy of the test binary does in place of the tests.
const childVariable = "ENTRALOGIN_TEST_CHILD"

func TestMain(m *testing.M) {
	what := os.Getenv(childVariable)
	if what == "" {
		entratest.Patient(8) // the disk is waited for
		os.Exit(m.Run())
	}
	child := map[string]func(args []string){
		"write":    childWrite,
		"full":     childFull,
		"stranger": childStranger,
		"lock":     childLock,
		"count":    childCount,
		"panic":    childPanic,
		"keep":     childKeep,
		"umask":    childUmask,
	}[what]
	if onLinux := linuxChild(what); onLinux != nil {
		child = onLinux
	}
	child(os.Args[1:])
}

// startable is a copy of the test binary that will do one of the things above.
func startable(t *testing.T, what string, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), childVariable+"="+what, "GORACE=atexit_sleep_ms=0")
	cmd.Stderr = os.Stderr
	return cmd
}

// check ends a child that went wrong.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
