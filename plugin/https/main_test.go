package https

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// childVariable names what a copy of the test binary does in place of the tests.
const childVariable = "ENTRALOGIN_TEST_CHILD"

func TestMain(m *testing.M) {
	child := map[string]func(args []string){
		"get":   childGet,
		"proxy": childProxy,
	}[os.Getenv(childVariable)]
	if child == nil {
		os.Exit(m.Run())
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

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
