package plugin

import (
	"context"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/failure"
)

// TokenSource gives tokens. Errors are those of Source, and *UnattendedError.
type TokenSource interface {
	Token(ctx context.Context, r Request) (cache.Token, error)
}

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
