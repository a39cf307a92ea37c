//go:build unix

package sshcmd

import (
	"os/signal"
	"syscall"
)

// replace runs a program in the place of this one, which so has its terminal, its signals and its exit code. It returns
// where that fails.
func replace(path string, args, env []string) error {
	signal.Reset(syscall.SIGPIPE) // an ignored signal would stay ignored
	return syscall.Exec(path, args, env)
}
