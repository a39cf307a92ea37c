//go:build unix

package sshcmd

import (
	"os"
	"os/signal"
	"syscall"
)

// replace runs a program in the place of this one, which so has its terminal, its signals and its exit code. It returns
// where that fails.
func replace(path string, args, env []string) error {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // an ignored signal would stay ignored, and Reset would leave it so
	return syscall.Exec(path, args, env)
}
