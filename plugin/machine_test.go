package plugin

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/failure"
)

// aMachine asks as an application, beside a person with the same client.
func aMachine() Request {
	r := testRequest("t1")
	r.Credential = "secret"
	return r
}

// A machine's token is had once for all that ask, is asked of nobody, and stands beside what a person has.
func TestMachine(t *testing.T) {
	dir, r := newDir(t), aMachine()
	first := newBench(dir)
	first.keepAlice(t)
	first.keep(t, testRequest("t1"), fresh, "of alice")
	session, err := os.ReadFile(sessionFile(t, first))
	must(t, err)
	var all []*bench
	var wait sync.WaitGroup
	for range 20 {
		b := newBench(dir)
		b.SignIn, b.UI = nil, nil
		b.silent = func(_ context.Context, got Request, s cache.Session) (Grant, error) {
			if !s.IsZero() || got.Credential != "secret" {
				t.Errorf("a machine was given the session of a person, or asked as %q", got.Credential)
			}
			return Grant{Token: token("of the app", 0, "")}, nil
		}
		all = append(all, b)
		wait.Go(func() {
			if got, err := b.Token(t.Context(), r); err != nil || got.Value.Reveal() != "of the app" {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	wait.Wait()
	asked := 0
	for _, b := range all {
		asked += b.silents
	}
	if asked != 1 {
		t.Errorf("the service was asked %d times", asked)
	}
	first.gets(t, testRequest("t1"), "of alice")
	first.gets(t, r, "of the app")
	after, err := os.ReadFile(sessionFile(t, first))
	must(t, err)
	if string(after) != string(session) {
		t.Error("the person's session was written anew")
	}
}

// That the service is down ends the call of a machine, and of those that waited for it; nobody is asked to sign in.
func TestMachineDown(t *testing.T) {
	b, r := newBench(newDir(t)), aMachine()
	b.SignIn, b.UI = nil, nil
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{}, errDown }
	if _, err := b.Token(t.Context(), r); err != errDown {
		t.Errorf("got %v", err)
	}
	b.keep(t, r, stale, "old")
	b.gets(t, r, "old") // it still serves
	if left, _ := filepath.Glob(filepath.Join(b.Store.Dir, "pending", "*")); len(left) != 0 {
		t.Errorf("a sign-in was noted: %q", left)
	}
}

// Login shows the service anew what a machine has.
func TestMachineLogin(t *testing.T) {
	b, r := newBench(newDir(t)), aMachine()
	b.SignIn, b.UI = nil, nil
	b.keep(t, r, fresh, "old")
	b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
		return Grant{Token: token("new", 0, "")}, nil
	}
	got, err := b.Login(t.Context(), r)
	if err != nil || got.Value.Reveal() != "new" {
		t.Errorf("%v, %v", got, err)
	}
	b.gets(t, r, "new")
	b.did(t, 1, 0, 0, 0)
}

// What comes next is no sign-in of a person.
func TestMachineForesee(t *testing.T) {
	b, r := newBench(newDir(t)), aMachine()
	o, err := b.Foresee(t.Context(), r)
	if err != nil || o.Next != NextRenewal {
		t.Errorf("%+v, %v", o, err)
	}
	b.keep(t, r, fresh, "there")
	if o, err = b.Foresee(t.Context(), r); err != nil || o.Next != NextSilent || !o.Renewable {
		t.Errorf("%+v, %v", o, err)
	}
	b.did(t, 0, 0, 0, 0)
}

func TestMachineNames(t *testing.T) {
	for _, c := range []struct {
		key             cache.Key
		short, sentence string
	}{
		{cache.Key{}, "", ""},
		{cache.Key{SessionID: testSession, Credential: "certificate"}, "application (certificate)", "the application " + testSession.Client + " by its certificate"},
		{cache.Key{Credential: "msi", Identity: "system"}, "managed identity (system)", "the managed identity of this machine"},
		{cache.Key{Credential: "msi", Identity: "system@0123456789ab"}, "managed identity (system)", "the managed identity of this machine"},
		{cache.Key{Credential: "msi", Identity: "client:x@0123456789ab"}, "managed identity (client:x)", "the managed identity with the client ID x"},
		{cache.Key{Credential: "msi", Identity: "object:x"}, "managed identity (object:x)", "the managed identity with the object ID x"},
		{cache.Key{Credential: "azurecli"}, "az", "whoever is signed in to az"},
		{cache.Key{Credential: "azurecli", Identity: "@01234567"}, "az", "whoever is signed in to az"},
		{cache.Key{Credential: "azd", Identity: "/home/x@y|@01234567"}, "azd /home/x@y", "whoever is signed in to azd /home/x@y"},
	} {
		if got := MachineName(c.key); got != c.short {
			t.Errorf("%+v: %q", c.key, got)
		}
		if got := DescribeMachine(c.key); c.short != "" && got != c.sentence {
			t.Errorf("%+v: %q", c.key, got)
		}
	}
}

// N machines that want one token and get none ask once: those who waited fail for the same reason. One that wants another
// token asks for itself, unless nobody can be reached.
func TestMachineFailsForAll(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		scope string
		asks  bool
	}{
		"the same":                  {&MachineError{What: "no", Hint: "Do this.", Kind: failure.SignIn}, "s", false},
		"another":                   {&MachineError{What: "no", Kind: failure.SignIn}, "other", true},
		"another of no service":     {errDown, "other", false},
		"without a class":           {errors.New("no"), "s", false},
		"of another, without class": {errors.New("no"), "other", true},
	} {
		first, second := newBench(newDir(t)), aMachine()
		second.Scopes = []string{c.scope}
		waiting := newBench(first.Store.Dir)
		var looks atomic.Int32
		waiting.Now = func() time.Time { looks.Add(1); return time.Now() }
		waiting.silent = func(context.Context, Request, cache.Session) (Grant, error) { return Grant{}, c.err }
		ended := make(chan error)
		first.silent = func(context.Context, Request, cache.Session) (Grant, error) {
			go func() { _, err := waiting.Token(t.Context(), second); ended <- err }()
			for looks.Load() < 6 { // it has found the lock taken
				time.Sleep(time.Millisecond)
			}
			return Grant{}, c.err
		}
		if _, err := first.Token(t.Context(), aMachine()); err != c.err {
			t.Errorf("%s: %v", name, err)
		}
		err := <-ended
		want := failure.Of(c.err)
		if got := failure.Of(err); got != want && (want != failure.Other || got != failure.Config) || !strings.Contains(err.Error(), c.err.Error()) {
			t.Errorf("%s: waited, and got %v", name, err)
		}
		if waiting.silents != map[bool]int{true: 1}[c.asks] {
			t.Errorf("%s: asked %d times", name, waiting.silents)
		}
	}
}
