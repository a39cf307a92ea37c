package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
)

type shortError struct{}

func (shortError) Error() string { return "all that the service says" }
func (shortError) Why() string   { return "in short" }

func TestWhy(t *testing.T) {
	for want, err := range map[string]error{
		"":         fmt.Errorf("x: %w", ErrNobody),
		"in short": fmt.Errorf("x: %w", shortError{}),
		"x":        errors.New("x"),
	} {
		if got := (&InteractionRequiredError{Err: err}).Why(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestPromptSaysWhy: who has signed in before reads why that is not enough, also where a refusal says to whom
// it belongs. Who has not, or just wants to sign in, reads no reason.
func TestPromptSaysWhy(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	var whys []string
	b.onShow = func(r Request) { whys = append(whys, r.Why) }
	needed := func(err error) {
		b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
			return Grant{}, &InteractionRequiredError{Err: err}
		}
	}
	r.Renew = true
	b.Token(t.Context(), r)
	needed(shortError{})
	b.Token(t.Context(), r)
	b.Login(t.Context(), r)
	b.signIn = func(_ context.Context, _ Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		return Grant{}, &RefusedError{Reason: Blocked, Text: "no"}
	}
	b.Memory = remember(time.Minute)
	for _, when := range []string{"now", "remembered"} {
		_, err := b.Token(t.Context(), r)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Request.Tenant != "t1" || refused.When.IsZero() != (when == "now") {
			t.Errorf("%s: %+v", when, err)
		}
	}
	if got := strings.Join(whys, "|"); got != "|in short|" {
		t.Errorf("reasons %q", got)
	}
}

func TestPromptWordsWhy(t *testing.T) {
	r := testRequest("t1")
	r.Why = "AADSTS50173: revoked\r\n\x1b[2J\u202e"
	lines := strings.Split(PromptWords(r, testCode, time.Now()), "\n")
	if len(lines) != 3 || lines[0] != "kubectl needs a sign-in (tenant t1, client 11111111-2222-3333-4444-555555555555, resource s): AADSTS50173: revoked  [2J." {
		t.Errorf("%q", lines)
	}
}
