// Package failure says on whose side an error is. The typed errors of all packages carry their class; which
// exit code and which advice a class makes is for the command.
package failure

import (
	"cmp"
	"errors"
	"slices"
)

// Class says on whose side a failure is.
type Class string

// The classes. Other is what none of them fits.
const (
	Other   Class = ""
	Usage   Class = "usage" // the command line, or what the caller sent
	Config  Class = "configuration"
	SignIn  Class = "sign-in" // a person is needed
	Refused Class = "refused" // by a policy, a service or the person
	Network Class = "network"
	Answer  Class = "answer" // it makes no sense, or can't be trusted
	Storage Class = "storage"
	Lock    Class = "lock"
	Output  Class = "output" // the answer can't be written
)

// Classed is an error that knows its class.
type Classed interface {
	error
	Class() Class
}

// Of returns the class of err: that of the outermost error that knows one.
func Of(err error) Class {
	if known, ok := errors.AsType[Classed](err); ok {
		return known.Class()
	}
	return Other
}

// telling says how much a class tells of what has to be mended, the most telling one first. A failure to
// write the answer comes last: it says nothing of why there is none.
func telling() []Class {
	return []Class{Usage, Config, SignIn, Refused, Answer, Network, Lock, Storage, Other, Output}
}

// MostTelling returns the one error of a joined one that a person should hear of first, and err itself if it
// is not joined. class says the class of an error that may not know its own.
func MostTelling(err error, class func(error) Class) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, MostTelling(one, class))
	}
	if len(all) == 0 {
		return err
	}
	rank := func(err error) int { return slices.Index(telling(), class(err)) }
	return slices.MinFunc(all, func(a, b error) int { return cmp.Compare(rank(a), rank(b)) })
}
