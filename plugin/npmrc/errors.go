package npmrc

import (
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error says why a token can't be written. Nothing of the token is in the words.
type Error struct{ What string }

func (e *Error) Error() string { return e.What }

// Class is configuration.
func (e *Error) Class() failure.Class { return failure.Config }

// TakenError says that a token of somebody else stands where one would be written.
type TakenError struct{ Registry string }

func (e *TakenError) Error() string {
	return "there is a token for " + text.Short(e.Registry, 200) + " already that is none of Entra"
}

// Class is configuration.
func (e *TakenError) Class() failure.Class { return failure.Config }
