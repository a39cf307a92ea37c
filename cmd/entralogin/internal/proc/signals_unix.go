//go:build unix

package proc

import (
	"os/signal"
	"syscall"
)

// SurviveClosedPipes makes a write to a closed standard output or error an error like any other. Without
// it the runtime ends the process there, and a token that was just obtained is lost.
func SurviveClosedPipes() { signal.Ignore(syscall.SIGPIPE) }
