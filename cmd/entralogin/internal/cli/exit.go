package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/credential"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Exit codes. They are part of the command's interface: docs/troubleshooting.md lists them.
const (
	ExitDone   = 0
	ExitOther  = 1
	ExitUsage  = 2
	ExitSignal = 128 // and the signal's number
)

// ExitCode is the exit code of a class of failures.
func ExitCode(c failure.Class) int {
	return cmp.Or(map[failure.Class]int{failure.Usage: ExitUsage, failure.Config: 3, failure.SignIn: 4, failure.Refused: 5,
		failure.Network: 6, failure.Answer: 7, failure.Storage: 8, failure.Lock: 9}[c], ExitOther)
}

// ClassOf is the class of an error, also of those that don't know it themselves.
func ClassOf(err error) failure.Class {
	var place *cache.Error
	var storage *cache.StorageError
	var held *cache.LockError
	switch c := failure.Of(err); {
	case c != failure.Other:
		return c
	case errors.As(err, &held):
		return failure.Lock
	case NeedsAgent(err):
		return failure.SignIn
	case errors.As(err, &place), errors.As(err, &storage):
		return failure.Storage
	case errors.Is(err, context.DeadlineExceeded):
		return failure.Network
	}
	return failure.Other
}

// UsageError is a command line that can't be understood.
type UsageError struct {
	Command string // whose flags are to be looked up: "entralogin get-token"; "" where it is not known
	err     error
}

func (e *UsageError) Error() string { return e.err.Error() }
func (e *UsageError) Unwrap() error { return e.err }

// Class is usage.
func (e *UsageError) Class() failure.Class { return failure.Usage }

// Usagef makes a *UsageError.
func Usagef(format string, args ...any) error { return &UsageError{err: fmt.Errorf(format, args...)} }

// AzPage is the page that says what the programs do that are run as az and azd.
const AzPage = `"entralogin help az"`

// RefuseStandIn refuses words that the program run as name does not know, and says how to run the product itself: that
// stands later on the PATH, or has to be installed. Nothing in it may look to an SDK as if there were no such program
// ("not found", "not recognized").
func RefuseStandIn(f *Factory, name, product, install string, words []string) error {
	itself := product + " itself is not on the PATH: " + install
	if program := credential.Other(name, f.Getenv("PATH")); program != "" {
		call := []string{program}
		if !slices.ContainsFunc(words, func(word string) bool { return !text.IsPlain(word) }) {
			call = append(call, words...)
		}
		itself = product + " itself: " + text.Short(strings.Join(call, " "), 300)
	}
	return Usagef("this %s is entralogin (%s), which does not know %q. %s", name, AzPage, text.Short(name+" "+strings.Join(words, " "), 80), itself)
}

// AsUsage makes a *UsageError of an error of the parser, which may stand around one of ours.
func AsUsage(err error) error {
	if ours, ok := errors.AsType[*UsageError](err); ok {
		return ours
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return badValue(invalid)
	}
	return &UsageError{err: err}
}

// badValue says which values a flag takes, in our words: those of the parser are Go's.
func badValue(e *pflag.InvalidValueError) error {
	if ours, ok := errors.AsType[failure.Classed](e); ok {
		return &UsageError{err: ours}
	}
	takes, known := map[string]string{"bool": "takes true or false, or no value at all", "count": "takes a number, or none and is repeated: -vv",
		"int": "takes a number", "duration": "takes a time such as 90s or 5m", "stringSlice": "takes words with commas between, and no lone quotation mark"}[e.GetFlag().Value.Type()]
	if !known {
		return &UsageError{err: e}
	}
	return Usagef("--%s is %q; it %s", e.GetFlag().Name, text.Short(e.GetValue(), 80), takes)
}

// Advised is an error of a command that brings its own advice.
type Advised struct {
	Kind   failure.Class
	What   string   // what happened
	Advice []string // whose turn it is, and the next command; a line each
	Err    error    // or nil
}

func (e *Advised) Error() string { return e.What }
func (e *Advised) Unwrap() error { return e.Err }

// Class is Kind.
func (e *Advised) Class() failure.Class { return e.Kind }

// ExitError ends a call with the exit code of a program that it ran, or that of a shell where it could not run it.
type ExitError struct {
	Code  int
	Lines []string // what a person is told; none where the program has spoken for itself
}

func (e *ExitError) Error() string { return strings.Join(e.Lines, " ") }

// Failure is what a person and the caller get for an error.
type Failure struct {
	Code  int
	Class failure.Class
	Lines []string // what happened, whose turn it is, the next command
}

// Explainer says what errors of a call come to, with the commands that mend it.
type Explainer struct {
	remedy.Maker
	Elsewhere func() bool // whether the person's browser runs on another machine; nil means that it does not
}

// Explainer is that of this call.
func (f *Factory) Explainer() Explainer {
	return Explainer{remedy.Maker{Getenv: f.Getenv, Shell: f.shell(), Flags: f.Flags}, browser.Opener{Env: f.Getenv}.Elsewhere}
}

// shell is the environment of whoever types the next command: that of kubectl, where a kubeconfig describes this call.
func (f *Factory) shell() func(string) string {
	if !f.Foreign() {
		return f.Getenv
	}
	foreign, _ := f.foreign()
	return foreign.Caller
}

// Explain turns an error of this call into an exit code and advice.
func (f *Factory) Explain(err error) Failure { return f.Explainer().Explain(err) }

// Explain turns an error into an exit code and advice. Of joined errors the most telling one counts.
func (x Explainer) Explain(err error) Failure {
	err = failure.MostTelling(err, ClassOf)
	if exit, ok := errors.AsType[*ExitError](err); ok {
		return Failure{exit.Code, failure.Other, exit.Lines}
	}
	var signal proc.SignalError
	if errors.As(err, &signal) {
		return Failure{ExitSignal + int(signal.Signal), failure.Other, []string{signal.Error()}}
	}
	class := ClassOf(err)
	for _, explain := range []func(error) []string{
		describeAgent, describeManaged, x.network, x.describeBroker, describeFrontEnd, x.describeCaller, describeKubeconfig, x.person, x.service, x.describePlaces,
	} {
		if lines := explain(err); lines != nil {
			return Failure{ExitCode(class), class, lines}
		}
	}
	return Failure{ExitCode(class), class, []string{err.Error()}}
}
