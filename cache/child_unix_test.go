//go:build unix

package cache

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// childVariable names what a copy of the test binary does in place of the tests.
const childVariable = "ENTRALOGIN_TEST_CHILD"

// children are what a copy of the test binary can do.
func children(what string) func(args []string) {
	denyFromEnvironment()
	if child := linuxChild(what); child != nil {
		return child
	}
	return map[string]func(args []string){
		"write":    childWrite,
		"full":     childFull,
		"stranger": childStranger,
		"lock":     childLock,
		"count":    childCount,
		"panic":    childPanic,
		"keep":     childKeep,
		"umask":    childUmask,
	}[what]
}

// For the tests outside of the package.
const ChildVariable = childVariable

var (
	Children  = children
	Startable = startable
	Check     = check
)

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
