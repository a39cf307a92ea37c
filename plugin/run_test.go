package plugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// frontEnd asks for a token, and refuses as many as it has challenges.
type frontEnd struct {
	request    error
	challenges []string
	reply      error
	seen       []string // the tokens
}

func (f *frontEnd) Request() (Request, error) { return testRequest("t1"), f.request }

func (f *frontEnd) Reply(_ context.Context, w io.Writer, t cache.Token) error {
	f.seen = append(f.seen, t.Value.Reveal())
	fmt.Fprint(w, "answer ")
	if n := len(f.seen); n <= len(f.challenges) {
		return fmt.Errorf("wrapped: %w", &ChallengeError{Claims: f.challenges[n-1], Err: errors.New("401")})
	}
	fmt.Fprint(w, "for ", t.Value.Reveal())
	return f.reply
}

// counting gives a token for each claims challenge, and says what it was asked for.
type counting struct {
	claims []string
	err    error
}

func (c *counting) Token(_ context.Context, r Request) (cache.Token, error) {
	c.claims = append(c.claims, r.Claims)
	return cache.Token{Value: cache.NewSecret("token" + r.Claims)}, c.err
}

// writes counts the writes.
type writes struct {
	bytes.Buffer
	n   int
	err error
}

func (w *writes) Write(p []byte) (int, error) {
	w.n++
	if w.err != nil {
		return 0, w.err
	}
	return w.Buffer.Write(p)
}

func TestRun(t *testing.T) {
	bad, closed := errors.New("bad"), errors.New("closed")
	for name, test := range map[string]struct {
		front  frontEnd
		source error
		stdout error
		claims []string
		out    string
		err    error
	}{
		"an answer":         {claims: []string{""}, out: "answer for token"},
		"a bad request":     {front: frontEnd{request: bad}, err: bad},
		"no token":          {source: bad, claims: []string{""}, err: bad},
		"no answer":         {front: frontEnd{reply: bad}, claims: []string{""}, err: bad},
		"a challenge":       {front: frontEnd{challenges: []string{"X"}}, claims: []string{"", "X"}, out: "answer for tokenX"},
		"two challenges":    {front: frontEnd{challenges: []string{"X", "Y"}}, claims: []string{"", "X"}, err: &ChallengeError{}},
		"stdout is closed":  {stdout: closed, claims: []string{""}, err: closed},
		"a challenge, then": {front: frontEnd{challenges: []string{"X"}, reply: bad}, claims: []string{"", "X"}, err: bad},
	} {
		t.Run(name, func(t *testing.T) {
			tokens, stdout := &counting{err: test.source}, &writes{err: test.stdout}
			err := Run(t.Context(), &test.front, tokens, stdout)
			switch want := test.err.(type) {
			case nil:
				if err != nil || stdout.n != 1 {
					t.Errorf("%d writes, %v", stdout.n, err)
				}
			case *ChallengeError:
				if !errors.As(err, &want) || want.Claims != "Y" {
					t.Errorf("got %v", err)
				}
			default:
				if !errors.Is(err, test.err) || errors.As(err, new(*OutputError)) != (test.stdout != nil) {
					t.Errorf("got %v (%T)", err, err)
				}
			}
			if stdout.String() != test.out || test.err != nil && test.stdout == nil && stdout.n > 0 {
				t.Errorf("%d writes: %q", stdout.n, stdout.String())
			}
			if !reflect.DeepEqual(tokens.claims, test.claims) {
				t.Errorf("asked for tokens with %q", tokens.claims)
			}
		})
	}
	if text := (&OutputError{closed}).Error(); !strings.Contains(text, "closed") {
		t.Errorf("got %q", text)
	}
}
