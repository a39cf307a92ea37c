// Entralogin hands Microsoft Entra ID tokens to kubectl, to git and to a person.
//
// The answer of a command goes to standard output, alone and in one write. Everything else goes to
// standard error, in lines that begin with "entralogin: ". Nothing else may be printed anywhere, but for the
// QR code, the countdown and the sequence of --copy that a terminal gets while a person is asked.
package main

import (
	"os"
	"time"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/early/signed"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/root"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

func main() {
	proc.WriteNoCore()
	trace := route.NewTrace(os.LookupEnv)
	f := &cli.Factory{Env: trace.Lookup, Now: time.Now, Question: signed.Question, Trace: trace}
	f.IO = cli.IO{In: os.Stdin, Out: os.Stdout, StderrID: term.Identify(os.Stderr),
		Err: &term.Stderr{Out: os.Stderr, Env: f.Getenv, Now: time.Now}}
	os.Exit(root.Main(f, os.Args[0], os.Args[1:]))
}
