//go:build unix

package browser

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// standAlone has a program live on when the terminal is closed, and Ctrl-C not reach it.
func standAlone(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// systemFolder is Windows'.
func systemFolder() string { return "" }

// systemEnvironment is for macOS, whose "open" asks a service of the person's session, which has its own environment:
// who the person is, and nothing that chooses a program. nil says that the system has no such program.
func systemEnvironment() []string {
	if runtime.GOOS != "darwin" {
		return nil
	}
	env := []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}
	for _, name := range []string{"HOME", "USER", "LOGNAME", "TMPDIR"} {
		if value := os.Getenv(name); value != "" && !strings.ContainsRune(value, '\n') {
			env = append(env, name+"="+value)
		}
	}
	return env
}
