//go:build unix

package proc

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// SurviveClosedPipes makes a write to a closed standard output or error an error like any other. Without
// it the runtime ends the process there, and a token that was just obtained is lost.
func SurviveClosedPipes() { signal.Ignore(syscall.SIGPIPE) }

// Job tells apart what is run at a terminal: a shell makes a process group of each command line that a person types,
// and kubectl with the plugins that it runs stays in one, as all commands of a script do. Whoever gives each call a
// session of its own is no shell: then the caller itself counts.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_11
func Job() string {
	if session, err := unix.Getsid(0); err == nil && session == os.Getpid() {
		return fmt.Sprintf("process %d", os.Getppid())
	}
	return fmt.Sprintf("job %d", unix.Getpgrp())
}
