package plugin

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

// What an account may do has changed: the fresh token is renewed all the same, and the next call without
// Renew gets the new one.
func TestRenewThoughFresh(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "old")
	forced := r
	forced.Renew = true
	b.silent = func(_ context.Context, got Request, _ cache.Session) (Grant, error) {
		return grant(got, "alice", "new"), nil
	}
	b.gets(t, forced, "new")
	b.gets(t, r, "new")
	b.did(t, 1, 0, 0, 0)
}

// Many that renew at once make one request: what another one got after this one had looked is new enough.
func TestRenewOnceForAll(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "old")
	r.Renew = true
	looked := false
	b.Now = func() time.Time {
		if !looked {
			looked = true
			b.keep(t, r, fresh, "of the other")
		}
		return time.Now()
	}
	b.gets(t, r, "of the other")
	b.did(t, 0, 0, 0, 0)
}

// Whoever asks for a new token is told that there is none, and has lost nothing.
func TestRenewFails(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "old")
	forced := r
	forced.Renew = true
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		return Grant{}, &https.NetworkError{Host: "login", Err: errors.New("down")}
	}
	var down *https.NetworkError
	if _, err := b.Token(t.Context(), forced); !errors.As(err, &down) {
		t.Errorf("got %v", err)
	}
	b.gets(t, r, "old")
	b.did(t, 1, 0, 0, 0)
}

// Where the refresh token has ended a person is asked; where nobody can be, the old token stays.
func TestRenewNeedsAPerson(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	b.keep(t, r, fresh, "old")
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		return Grant{}, &InteractionRequiredError{Err: errors.New("the refresh token has ended")}
	}
	forced := r
	forced.Renew, forced.Unattended = true, "CI is set"
	var unattended *UnattendedError
	if _, err := b.Token(t.Context(), forced); !errors.As(err, &unattended) {
		t.Errorf("got %v", err)
	}
	b.gets(t, r, "old")
	forced.Unattended = ""
	b.gets(t, forced, "by sign-in")
	b.gets(t, r, "by sign-in")
}
