//go:build unix

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// inForeground reports whether this process belongs to the job that has the terminal: a job in the background
// ("kubectl get pods &") leaves the lines alone on which a person is typing.
func inForeground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
