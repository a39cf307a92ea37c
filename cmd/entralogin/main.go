// Entralogin hands Microsoft Entra ID tokens to kubectl, to git and to a person.
//
// The answer of a command goes to standard output, alone and in one write. Everything else goes to
// standard error, in lines that begin with "entralogin: ". Nothing else may be printed anywhere, but for the
// QR code and the countdown that a terminal shows while a person is asked.
package main

import (
	"context"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/entralogin/entralogin/cache"
)

func main() {
	writeNoCore()
	a := &app{
		stdin:  os.Stdin,
		stdout: os.Stdout,
		stderr: os.Stderr,
		screen: cache.IdentifyFile(os.Stderr),
		lookup: os.LookupEnv,
		now:    time.Now,
	}
	os.Exit(a.mainAs(os.Args[0], os.Args[1:]))
}

// app is what the commands have in common.
type app struct {
	// stubbable for testing
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	screen cache.FileID                // what stderr writes to
	lookup func(string) (string, bool) // the environment
	now    func() time.Time

	flags   flagLayer
	verbose int
	count   atomic.Pointer[countdown] // while a person is asked on a terminal
}

// main runs the command line and returns the exit code.
func (a *app) main(args []string) int {
	surviveClosedPipes()
	a.fitStdout()
	cmd := a.rootFor(args)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(context.Background())
	if err == nil {
		return exitDone
	}
	f := a.explainFailure(err)
	a.sayAll(f.lines)
	return f.code
}

// getenv returns an environment variable, "" if it is not set.
func (a *app) getenv(name string) string {
	value, _ := a.lookup(name)
	return value
}
