package plugin

import (
	"context"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// A session that the broker keeps is renewed by the broker, whatever else signed in; the newest sign-in says who it is.
func TestHolders(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		return grant(r, "alice", "by refresh token"), nil
	}
	held := 0
	b.Silent = Holders{Source: b.Silent, By: map[string]Source{"broker": sourceFunc(func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		held++
		return grant(r, "alice", "by the broker"), nil
	})}}
	holder := "broker"
	b.signIn = func(_ context.Context, r Request, _ cache.Session, show func(Prompt) error) (Grant, error) {
		g := grant(r, "alice", "by sign-in")
		accounts, err := g.Session.Accounts()
		must(t, err)
		g.Session = g.Session.NoteHolder(accounts[0].HomeID, holder)
		return g, show(testCode)
	}
	for _, test := range []struct{ holder, want string }{{"broker", "by the broker"}, {"", "by refresh token"}, {"broker", "by the broker"}} {
		holder = test.holder
		_, err := b.Login(t.Context(), r)
		must(t, err)
		again := r
		again.Renew = true
		b.gets(t, again, test.want)
		if o, err := b.Foresee(t.Context(), again); err != nil || o.Next != NextRenewal {
			t.Errorf("%q: foreseen %+v, %v", test.holder, o, err)
		}
	}
	if held != 2 || b.silents != 1 {
		t.Errorf("the broker was asked %d times, and the service %d times", held, b.silents)
	}
}

// Who keeps a session may be unknown here: an older or a newer entralogin wrote it. Then a person is asked.
func TestHolderThatIsUnknown(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	b.keepAlice(t)
	s, err := b.Store.Session(testSession)
	must(t, err)
	accounts, err := s.Accounts()
	must(t, err)
	must(t, b.Store.KeepSession(testSession, s.NoteHolder(accounts[0].HomeID, "elsewhere")))
	b.Silent = Holders{Source: b.Silent}
	b.gets(t, r, "by sign-in")
	b.did(t, 0, 1, 1, 0)
}
