package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/entralogin/entralogin/cache"
)

// FrontEnd turns what its caller sent into a Request, and the token into the answer.
type FrontEnd interface {
	// Request reads and checks what the caller sent. Nothing goes over the network before it returns.
	Request() (Request, error)
	// Reply writes the answer for t to w. A *ChallengeError asks for another token.
	Reply(ctx context.Context, w io.Writer, t cache.Token) error
}

// TokenSource gives the tokens that front ends ask for. Errors are those of Source, and *UnattendedError.
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

// Run answers one call of a front end: its request, a token, its reply, and all of that in one write to
// stdout. After a claims challenge it asks for one more token, with those claims.
func Run(ctx context.Context, f FrontEnd, tokens TokenSource, stdout io.Writer) error {
	r, err := f.Request()
	if err != nil {
		return err
	}
	answer, err := reply(ctx, f, tokens, r)
	if challenge := (*ChallengeError)(nil); errors.As(err, &challenge) {
		r.Claims = challenge.Claims
		answer, err = reply(ctx, f, tokens, r)
	}
	if err != nil {
		return err
	}
	if _, err := stdout.Write(answer); err != nil {
		return &OutputError{err}
	}
	return nil
}

func reply(ctx context.Context, f FrontEnd, tokens TokenSource, r Request) ([]byte, error) {
	t, err := tokens.Token(ctx, r)
	if err != nil {
		return nil, err
	}
	var answer bytes.Buffer
	err = f.Reply(ctx, &answer, t)
	return answer.Bytes(), err
}
