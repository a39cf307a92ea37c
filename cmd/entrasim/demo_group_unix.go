//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// makeGroup puts a program in a process group of its own, which the end of its context asks to end. In a session
// of its own it has no terminal: entralogin would show the code there, too, beside its standard error.
func makeGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup ends what is left of the group.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
}
