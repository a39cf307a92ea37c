//go:build linux || darwin

package server

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/agent"
)

// changed is a house whose Tokens give what change makes of a token.
func changed(t *testing.T, change func(h *house, r agent.Request, key *cache.Key, got *cache.Token), more ...func(*house)) *house {
	return newHouse(t, append(more, func(h *house) {
		h.settings.Tokens = func(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
			key, got, err := h.service.tokens(ctx, r, signIn)
			change(h, r, &key, &got)
			return key, got, err
		}
	})...)
}

// A lock counts for what is under way: the token that comes then stays here.
func TestLockedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, policy := range []Policy{First, Never} {
		h := changed(t, func(h *house, _ agent.Request, _ *cache.Key, _ *cache.Token) { h.Lock() }, func(h *house) { h.settings.Policy = policy })
		token(t, h.forward, request()).refuses(t, agent.Locked)
		h.Unlock()
		token(t, h.main, request()).refuses(t, agent.Locked)
	}
}

// While it is locked nobody is asked, and no sign-in is begun, for what was under way before.
func TestNobodyIsAskedWhileLocked(t *testing.T) {
	t.Parallel()
	for _, signedIn := range []string{alice, ""} {
		h := changed(t, func(h *house, _ agent.Request, _ *cache.Key, _ *cache.Token) { h.Lock() }, func(h *house) { h.service.signedIn = signedIn })
		token(t, h.forward, request()).refuses(t, agent.Locked)
		if asked := h.person.questions(); len(asked) > 0 {
			t.Errorf("asked %+v", asked)
		}
	}
	var locks atomic.Bool
	h := changed(t, func(h *house, _ agent.Request, _ *cache.Key, _ *cache.Token) {
		if locks.Load() {
			h.Lock()
		}
	}, func(h *house) { h.service.signedIn = "" })
	token(t, h.forward, request()).gives(t, alice) // the yes to the sign-in counts for a while
	h.service.Lock()
	h.service.signedIn, h.service.kept = "", nil
	h.service.Unlock()
	locks.Store(true)
	token(t, h.forward, request()).refuses(t, agent.Locked)
	if n := h.service.count(&h.service.signIns); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
}

// What was dropped while a sign-in was under way is not granted by what that brings.
func TestDroppedMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) {
		h.service.signedIn = ""
		h.settings.Tokens = func(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
			if signIn {
				h.Drop()
			}
			return h.service.tokens(ctx, r, signIn)
		}
	})
	token(t, h.forward, request()).gives(t, alice) // the person has just signed in for it
	if n := h.Status().Grants; n > 0 {
		t.Errorf("%d grants", n)
	}
	token(t, h.forward, request()).gives(t, alice)
	if n := len(h.person.questions()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// Whatever Tokens give, what leaves this machine is an access token of a person that needs no key.
func TestNothingElseLeaves(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*cache.Key, *cache.Token){
		"a program's":    func(key *cache.Key, _ *cache.Token) { key.Credential = "secret" },
		"one with a key": func(key *cache.Key, _ *cache.Token) { key.KeyID = "x" },
		"an ID token":    func(_ *cache.Key, got *cache.Token) { got.Kind = cache.ID },
		"its name":       func(key *cache.Key, _ *cache.Token) { key.Kind = cache.ID },
	} {
		h := changed(t, func(_ *house, _ agent.Request, key *cache.Key, got *cache.Token) { change(key, got) })
		got := token(t, h.forward, request())
		if got.refuses(t, agent.NotAllowed); t.Failed() {
			t.Fatal(name)
		}
	}
}

// The yes is to an account: a token of another one, which is the chosen one since, is not given out by it.
func TestAnewOfAnother(t *testing.T) {
	t.Parallel()
	h := changed(t, func(_ *house, r agent.Request, _ *cache.Key, got *cache.Token) {
		if r.Renew {
			got.Account = "bob@contoso.example"
		}
	})
	token(t, h.forward, request()).gives(t, alice)
	token(t, h.forward, request(func(r *agent.Request) { r.Renew = true })).refuses(t, agent.Failed)
}

// Before the yes nobody has this machine ask the service for more than it needs to put the question.
func TestNoRenewalBeforeTheYes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.says = func(Question) (bool, error) { return false, nil } })
	token(t, h.main, request()).gives(t, alice)
	for _, change := range []func(*agent.Request){func(r *agent.Request) { r.Renew = true }, func(r *agent.Request) { r.Claims = `{"a":1}` }} {
		token(t, h.forward, request(change)).refuses(t, agent.NotAllowed)
		h.clock.step(memoryOfNo + time.Second)
	}
	if n := h.service.count(&h.service.requests); n != 1 || len(h.person.questions()) != 2 {
		t.Errorf("%d requests, %d questions", n, len(h.person.questions()))
	}
}

// Another spelling of what was granted is no other question.
func TestOneQuestionForAllSpellings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token(t, h.forward, request()).gives(t, alice)
	for _, change := range []func(*agent.Request){
		func(r *agent.Request) { r.Scopes = []string{strings.ToUpper(r.Scopes[0][:36]) + "/.default"} },
		func(r *agent.Request) { r.Scopes = []string{"api://" + r.Scopes[0]} },
		func(r *agent.Request) { r.Tenant = strings.ToUpper(r.Tenant) },
	} {
		token(t, h.forward, request(change)).gives(t, alice)
	}
	if n := len(h.person.questions()); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// An agent without a key for its port serves nobody there.
func TestKeyedWithoutKey(t *testing.T) {
	t.Parallel()
	f := &frame{s: newHouse(t).Server, keyed: true}
	r := &http.Request{Header: http.Header{"Authorization": {"Bearer "}}}
	if f.hasKey(r) {
		t.Error("no key is the key")
	}
}

// Under "always" the yes to a sign-in is to the token that it brings, and to no other request.
func TestAlwaysAfterSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.settings.Policy, h.service.signedIn = Always, "" })
	for range 2 {
		token(t, h.forward, request()).gives(t, alice)
	}
	if n := len(h.person.questions()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// A yes to a sign-in that came to nothing begins no other one.
func TestYesToAFailedSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) {
		h.service.signedIn = ""
		h.settings.Tokens = func(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error) {
			if signIn {
				return keyOf(r), cache.Token{}, errSilence
			}
			return h.service.tokens(ctx, r, signIn)
		}
	})
	for range 2 {
		token(t, h.forward, request()).refuses(t, agent.Failed)
		h.clock.step(memoryOfNo + time.Second)
	}
	if n := len(h.person.questions()); n != 2 {
		t.Errorf("asked %d times", n)
	}
}

// A question that a lock has withdrawn counts as no answer: after it the person is asked anew.
func TestAskedAfterALock(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.open, h.person.answers = make(chan Question), make(chan bool) })
	first := make(chan reply)
	go func() { first <- token(t, h.forward, request()) }()
	<-h.person.open
	h.Lock()
	(<-first).refuses(t, agent.NotHere)
	h.Unlock()
	go func() { first <- token(t, h.forward, request()) }()
	select {
	case <-h.person.open:
		h.person.answers <- true
		(<-first).gives(t, alice)
	case got := <-first:
		t.Errorf("nobody was asked: %s", got.body)
	}
}

// A host has so many questions open at a time: more are refused at once.
func TestMostOpen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(h *house) { h.person.open, h.person.answers = make(chan Question), make(chan bool) })
	const more = 3
	got := make(chan reply, mostOpen+more)
	for i := range mostOpen + more {
		go func() {
			got <- token(t, h.forward, request(func(r *agent.Request) { r.Tenant = strings.Repeat("a", i+1) + ".example" }))
		}()
	}
	<-h.person.open
	for range more {
		(<-got).refuses(t, agent.NotHere)
	}
	h.Lock() // withdraws the others
	for range mostOpen {
		<-got
	}
}

// Whoever was called off does not take a turn that is free.
func TestTurnOfOneCalledOff(t *testing.T) {
	t.Parallel()
	var one turn
	ctx, end := context.WithCancel(t.Context())
	end()
	for range 100 {
		if err := one.take(ctx); err == nil {
			t.Fatal("it is taken")
		}
	}
	if err := one.take(t.Context()); err != nil {
		t.Error(err)
	}
}

// The noes to one program are not those to another one of the same name.
func TestNoesAreOfOne(t *testing.T) {
	t.Parallel()
	s := New(Settings{})
	for _, tenant := range []string{"a", "b", "c"} {
		s.answers.deny(grant{host: "a program", id: "1", tenant: tenant}, no)
		s.questions.open = map[openKey]*question{{grant: grant{host: "a program", id: "1"}}: {}}
	}
	if _, denied := s.answers.denied(grant{host: "a program", id: "1", tenant: "d"}); !denied {
		t.Error("it is asked on and on")
	}
	if _, denied := s.answers.denied(grant{host: "a program", id: "2", tenant: "d"}); denied || s.questions.openOf(grant{host: "a program", id: "2"}) != 0 {
		t.Error("another one is refused for it")
	}
}

// Names of keys are those that package cache gives, and nothing else: they stand in paths.
func TestNamesOfKeys(t *testing.T) {
	t.Parallel()
	key := cache.NewSecret(strings.Repeat("k", agent.KeySize))
	for _, id := range []string{"", "x", strings.Repeat("0", 31), strings.Repeat("0", 33), strings.Repeat("A", 32), strings.Repeat("/", 32)} {
		if err := (&Keys{}).Save(id, key); err == nil {
			t.Errorf("a key is called %q", id)
		}
	}
	if err := (&Keys{}).Save(strings.Repeat("0", 32), key); err != nil {
		t.Error(err)
	}
}

// A request that names no cache folder is not of that of an agent without one.
func TestNoFolderIsNotNone(t *testing.T) {
	t.Parallel()
	r := &http.Request{Header: http.Header{route.AgentHeader: {""}}}
	if New(Settings{}).isOwnFolder(r) {
		t.Error("none is the same as none")
	}
	if !New(Settings{Folder: "/x"}).isOwnFolder(&http.Request{Header: http.Header{route.AgentHeader: {"/x"}}}) {
		t.Error("its own folder is another one")
	}
}
