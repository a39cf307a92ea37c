package plugin

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/plugin/failure"
)

// InteractionRequiredError says that a token can't be had without a person: nobody has signed in yet, or the
// service wants to see the person again.
type InteractionRequiredError struct {
	Err    error  // why
	Claims string // claims challenge to pass on in the next sign-in, or ""
}

func (e *InteractionRequiredError) Error() string { return "a sign-in is needed: " + e.Err.Error() }
func (e *InteractionRequiredError) Unwrap() error { return e.Err }

// Class is sign-in.
func (e *InteractionRequiredError) Class() failure.Class { return failure.SignIn }

// Why is the reason in few words, "" if there is nothing to say: nobody has signed in yet, or somebody just
// wants to.
func (e *InteractionRequiredError) Why() string {
	var short interface{ Why() string }
	switch {
	case errors.Is(e.Err, ErrNobody), errors.Is(e.Err, errWanted):
		return ""
	case errors.As(e.Err, &short):
		return short.Why()
	}
	return e.Err.Error()
}

// ErrNoAgent says that no agent serves a request: there is none, or none that could without a person.
var ErrNoAgent = errors.New("no agent serves this")

// errWanted is the reason of a sign-in that a person asked for.
var errWanted = errors.New("you want to sign in")

// UnattendedError says that a sign-in is needed where no person may be asked.
type UnattendedError struct {
	Request Request
	Err     error // why the sign-in is needed
}

func (e *UnattendedError) Error() string {
	return fmt.Sprintf("a sign-in is needed (%v), and nobody can be asked: %s", e.Err, e.Request.Unattended)
}
func (e *UnattendedError) Unwrap() error { return e.Err }

// Class is sign-in.
func (e *UnattendedError) Class() failure.Class { return failure.SignIn }

// MachineError says why a machine can't sign in, as far as that is known before the service is asked.
type MachineError struct {
	What string        // what is wrong, in clean words
	Hint string        // whose turn it is, and the next command: a sentence, or ""
	Kind failure.Class // "": the configuration's
	Err  error         // or nil
}

func (e *MachineError) Error() string { return e.What }
func (e *MachineError) Unwrap() error { return e.Err }

// Class is Kind.
func (e *MachineError) Class() failure.Class { return cmp.Or(e.Kind, failure.Config) }

// Reason is how a sign-in ended that gave no token.
type Reason string

// The reasons.
const (
	Declined     Reason = "declined"  // the person said no
	Expired      Reason = "expired"   // the code ended before anybody used it
	TimedOut     Reason = "timed out" // --prompt-timeout ended before the code
	Cancelled    Reason = "cancelled" // a signal, or the caller's end
	Blocked      Reason = "blocked"   // the service refused: policy, consent, assignment
	WrongAccount Reason = "stranger"  // somebody signed in, but not the account that was asked for
)

// RefusedError says that a person was asked in vain. It is remembered for a while, so that callers that
// try again at once do not ask again.
type RefusedError struct {
	Reason Reason
	Text   string    // what happened, in a clean sentence without a full stop
	When   time.Time // when that was, if it is remembered from an earlier call; else zero
	Until  time.Time // until then nobody is asked again, if it is remembered
	ForAll bool      // that goes for all callers, and not just for the one whose sign-in it was
	Err    error     // the service's error, or nil

	// OfScopes says that it is a matter of what the token is for: a sign-in for something else may succeed.
	OfScopes bool

	// OfMethod is the method that the service refuses, whoever asks by it, and Believed for how long that is believed;
	// "" and 0 where it may be another matter. Next is the method that the next call takes in its place, "" if none.
	OfMethod string
	Believed time.Duration
	Next     string

	// Request is what the sign-in was for. Cached fills it in.
	Request Request
}

func (e *RefusedError) Error() string { return e.Text }
func (e *RefusedError) Unwrap() error { return e.Err }

// Class is refused.
func (e *RefusedError) Class() failure.Class { return failure.Refused }

// ChallengeError says that a resource refused the token and what a new one has to satisfy.
type ChallengeError struct {
	Claims string // claims challenge, JSON
	Err    error
}

func (e *ChallengeError) Error() string { return e.Err.Error() }
func (e *ChallengeError) Unwrap() error { return e.Err }

// OutputError says that the answer could not be written: stdout is closed or full. The token is kept.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return fmt.Sprintf("the answer can't be written: %v", e.Err) }
func (e *OutputError) Unwrap() error { return e.Err }

// Class is output.
func (e *OutputError) Class() failure.Class { return failure.Output }
