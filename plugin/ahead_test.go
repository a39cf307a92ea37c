package plugin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

// due is the age of a token of an hour in the last third of its life.
const due = 50 * time.Minute

// claims has b claim the renewal of the token that it hands out.
func (b *bench) claims(t *testing.T, r Request, want bool) {
	t.Helper()
	handed, err := b.Token(t.Context(), r)
	must(t, err)
	if got, err := b.ClaimAhead(r, handed); got != want || err != nil {
		t.Errorf("it claims the renewal: %v, %v", got, err)
	}
}

// A day of calls, one a minute, with tokens of an hour: the first one waits for a request, and none after it. Each token
// is renewed once, by a process that a call has left behind.
func TestDayOfCalls(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	now := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	b.Now, b.Store.Now = clock, clock
	b.silent = func(_ context.Context, got Request, _ cache.Session) (Grant, error) {
		g := grant(got, "alice", fmt.Sprint("token ", b.silents))
		g.Token.Obtained, g.Token.Expires = now, now.Add(time.Hour)
		return g, nil
	}
	const calls = 24 * 60
	handed := map[string]bool{}
	for call := range calls {
		before := b.silents
		token, err := b.Token(t.Context(), r)
		must(t, err)
		if waited := b.silents > before; waited != (call == 0) {
			t.Fatalf("call %d waits for a request: %v", call, waited)
		}
		handed[token.Value.Reveal()] = true
		mine, err := b.ClaimAhead(r, token)
		must(t, err)
		if mine {
			must(t, b.RenewAhead(t.Context(), r))
		}
		now = now.Add(time.Minute)
	}
	if want := calls / 40; b.silents != want || len(handed) != want { // each serves two thirds of its hour
		t.Errorf("%d requests for %d tokens in a day", b.silents, len(handed))
	}
}

// What is not due is neither claimed nor renewed, whoever asks for it.
func TestAheadNotDue(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "new")
	b.claims(t, r, false)
	must(t, b.RenewAhead(t.Context(), r))
	b.keep(t, r, stale, "old")
	must(t, b.RenewAhead(t.Context(), r))
	must(t, b.Store.RemoveTokens(testSession, func(cache.Key, cache.Token) bool { return true })) // somebody signed out
	must(t, b.RenewAhead(t.Context(), r))
	b.did(t, 0, 0, 0, 0)
}

// One of all that meet the token claims it, and none whose kubeconfig is not permitted to send anything.
func TestAheadClaims(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, due, "old")
	refused := errors.New("moved")
	b.Permit = func() error { return refused }
	if got, err := b.ClaimAhead(r, token("old", due, "alice")); got || !errors.Is(err, refused) {
		t.Errorf("got %v, %v", got, err)
	}
	if err := b.RenewAhead(t.Context(), r); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	b.Permit = nil
	b.claims(t, r, false) // one has failed
	must(t, b.Store.Clear(t.Context()))
	b.keepAlice(t)
	b.keep(t, r, due, "old")
	b.claims(t, r, true)
	b.claims(t, r, false)
	b.did(t, 0, 0, 0, 0)
}

// Whoever has the session renews it, or does away with it: nobody is waited for, and it is no failure.
func TestAheadWaitsForNobody(t *testing.T) {
	for _, r := range []Request{testRequest("t1"), aMachine()} {
		b := newBench(newDir(t))
		b.keepAlice(t)
		b.keep(t, r, due, "old")
		unlock, err := b.Store.LockSession(t.Context(), r.Renewal(), nil)
		must(t, err)
		start := time.Now()
		var busy *LockError
		if err := b.RenewAhead(t.Context(), r); !errors.As(err, &busy) || time.Since(start) > time.Minute { // less than who waits for a lock waits
			t.Errorf("got %v after %v", err, time.Since(start))
		}
		unlock()
		b.claims(t, r, true)
		b.did(t, 0, 0, 0, 0)
	}
}

// What fails is not tried again for five minutes, nobody is asked, and the call that finds the token stale says why.
func TestAheadFails(t *testing.T) {
	for name, failure := range map[string]error{"down": errDown, "a person is needed": errNobody} {
		b, r := newBench(newDir(t)), testRequest("t1")
		r.Unattended = "CI is set"
		b.keepAlice(t)
		b.keep(t, r, due, "old")
		b.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{}, failure }
		b.claims(t, r, true)
		if err := b.RenewAhead(t.Context(), r); !errors.Is(err, failure) {
			t.Errorf("%s: got %v", name, err)
		}
		b.claims(t, r, false)
		later := time.Now().Add(4 * time.Minute)
		b.Now, b.Store.Now = func() time.Time { return later }, func() time.Time { return later }
		b.claims(t, r, false)
		b.did(t, 1, 0, 0, 0)
		later = later.Add(time.Hour)
		_, err := b.Token(t.Context(), r)
		var down *https.NetworkError
		var unattended *UnattendedError
		if !errors.As(err, &down) && !errors.As(err, &unattended) {
			t.Errorf("%s: a call says %v", name, err)
		}
	}
}

// A session that comes back is kept though the token is not there.
func TestAheadKeepsTheSession(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, due, "old")
	rotated, err := cache.NewSession([]byte(`{"RefreshToken":{"rt-alice":{"secret":"rotated"}}}`))
	must(t, err)
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{Session: rotated}, errDown }
	if err := b.RenewAhead(t.Context(), r); !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
	if s, err := b.Store.Session(testSession); err != nil || !strings.Contains(string(s.Reveal()), "rotated") {
		t.Errorf("the session is lost: %v", err)
	}
	b.gets(t, r, "old")
}
