//go:build unix

package keyringcmd

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// become runs a program in the place of this one. It returns where that can't be done.
func become(path string, args, env []string) error {
	// A closed pipe's signal is ignored here, and would be by the program. One that is caught is not, and signal.Reset leaves
	// one as it is that was ignored: https://pkg.go.dev/os/signal#hdr-SIGPIPE
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	return unix.Exec(path, args, env)
}
