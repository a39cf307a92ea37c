//go:build unix

package keyringcmd

import (
	"os/signal"

	"golang.org/x/sys/unix"
)

// become runs a program in the place of this one. It returns where that can't be done.
func become(path string, args, env []string) error {
	signal.Reset(unix.SIGPIPE) // it is ignored here, and is not the program's to ignore
	return unix.Exec(path, args, env)
}
