//go:build unix

package credential

import (
	"context"
	"os/exec"
	"syscall"
)

// command is the program at a path.
func command(ctx context.Context, path string, args []string) (*exec.Cmd, error) {
	return exec.CommandContext(ctx, path, args...), nil
}

// runAlone runs a program in a session of its own: it has no terminal, no key reaches it, and all that it starts can be
// ended with it. It is told to end first: az may be writing down a refresh token that is good only once.
func runAlone(ctx context.Context, cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	err := cmd.Run()
	if ctx.Err() != nil && cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // as a rule nothing of it is left
	}
	return err
}
