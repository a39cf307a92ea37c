//go:build unix

package ask

import (
	"os/exec"
	"syscall"
)

// alone gives a program a session of its own, without our terminal, and has its end be that of all that it started.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
