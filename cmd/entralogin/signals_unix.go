//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// surviveClosedPipes makes a write to a closed standard output or error an error like any other. Without
// it the runtime ends the process there, and a token that was just obtained is lost.
func surviveClosedPipes() { signal.Ignore(syscall.SIGPIPE) }
