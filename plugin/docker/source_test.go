package docker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/https"
)

// entra gives tokens of Entra, and keeps them as plugin.Cached does unless they are an agent's.
type entra struct {
	store  *cache.Store
	agent  bool
	named  bool // it keeps them under the account's name alone
	claims []string
	mu     sync.Mutex
}

func (e *entra) Token(_ context.Context, r plugin.Request) (cache.Token, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.claims = append(e.claims, r.Claims)
	t := entraToken()
	t.Kind, t.Obtained, t.Expires = cache.Access, time.Now(), time.Now().Add(time.Hour)
	if e.named {
		r.Account = t.Account
	}
	if e.agent {
		return t, nil
	}
	return t, e.store.KeepToken(r.Key, t)
}

func asked() plugin.Request {
	return plugin.Request{Key: cache.Key{SessionID: cache.SessionID{Authority: "login.example.com", Client: "c"}, Tenant: "organizations", Scopes: []string{Scope}, Kind: cache.Access}}
}

// sourceOf makes a source over a cache and a registry.
func sourceOf(t testing.TB) (*registry, *Source, *entra) {
	t.Helper()
	r, c, _ := start(t)
	st := &cache.Store{Folder: cache.Folder{Dir: filepath.Join(t.TempDir(), "cache"), Ours: true}}
	e := &entra{store: st}
	return r, &Source{Store: st, Entra: e, Client: c}, e
}

// kept is whether a token is kept under a key, which is fresh.
func (s *Source) kept(t testing.TB, r plugin.Request) bool {
	t.Helper()
	_, fresh, err := s.Kept(r)
	if err != nil {
		t.Fatal(err)
	}
	return fresh
}

// The token that the registry gave out is kept for its own life, and costs nothing from then on.
func TestSourceKeeps(t *testing.T) {
	r, s, _ := sourceOf(t)
	if s.kept(t, asked()) {
		t.Fatal("kept before it is there")
	}
	got, err := s.Token(t.Context(), asked())
	if err != nil || got.Value.Reveal() != jwt(r.ends) {
		t.Fatal(got, err)
	}
	n := r.asked.Load()
	again, fresh, err := s.Kept(asked())
	if err != nil || !fresh || !again.Value.Equal(got.Value) || !again.Expires.Equal(r.ends) || again.Account != got.Account || r.asked.Load() != n || n != 2 {
		t.Errorf("%+v, %v, %v, %d requests", again, fresh, err, r.asked.Load())
	}
	s.Now = func() time.Time { return r.ends.Add(-time.Minute) }
	if s.kept(t, asked()) {
		t.Error("it is handed out until its very end")
	}
	if other := asked(); func() bool { other.Account = "bob@contoso.example"; return s.kept(t, other) }() {
		t.Error("it serves another account")
	}
}

// Of many that come at the same time one asks, and all have its answer.
func TestSourceAsksOnce(t *testing.T) {
	const many = 16
	r, s, _ := sourceOf(t)
	var wg sync.WaitGroup
	var got [many]string
	for i := range many {
		mine := *s // as another process
		wg.Go(func() {
			token, err := mine.Token(t.Context(), asked())
			if err != nil {
				t.Error(err)
			}
			got[i] = token.Value.Reveal()
		})
	}
	wg.Wait()
	if n := r.asked.Load(); n != 2 || slices.ContainsFunc(got[:], func(v string) bool { return v != got[0] }) {
		t.Errorf("%d requests", n)
	}
}

// Whoever waited for somebody who found the registry down does not ask again.
func TestSourceFailsAsTheHolderDid(t *testing.T) {
	r, s, _ := sourceOf(t)
	reached, release := make(chan bool, 1), make(chan bool)
	r.answer = func(w http.ResponseWriter, req *http.Request) {
		reached <- true
		<-release
		panic(http.ErrAbortHandler)
	}
	first, second := make(chan error, 1), make(chan error, 1)
	one, two := *s, *s
	waits, once := make(chan bool), sync.Once{}
	two.Now = func() time.Time { // called before the lock is looked at
		now := time.Now()
		once.Do(func() { close(waits) })
		return now
	}
	go func() { _, err := one.Token(t.Context(), asked()); first <- err }()
	<-reached
	asked1 := r.asked.Load()
	go func() { _, err := two.Token(t.Context(), asked()); second <- err }()
	<-waits
	close(release)
	for _, ended := range []chan error{first, second} {
		if _, ok := errors.AsType[*https.NetworkError](<-ended); !ok {
			t.Error("it is no network error")
		}
	}
	if n := r.asked.Load(); n != asked1 {
		t.Errorf("%d requests, not %d", n, asked1)
	}
}

// A holder that failed before, or by a clock that was ahead, says nothing of the registry now.
func TestSourceTriesAgain(t *testing.T) {
	for name, step := range map[string]time.Duration{"before": -time.Minute, "in the future": time.Minute} {
		r, s, _ := sourceOf(t)
		id := KeyOf(asked().Key, s.Client.Host).Renewal()
		unlock, err := s.Store.LockSession(t.Context(), id, nil)
		if err != nil {
			t.Fatal(err)
		}
		other := cache.Store{Folder: cache.Folder{Dir: s.Store.Dir, Ours: true, Now: func() time.Time { return time.Now().Add(step) }}}
		other.SayFailed(id, "it is down")
		unlock()
		if why, _ := s.Store.LastFailed(id); why == "" {
			t.Fatal("nothing was said")
		}
		if _, err := s.Token(t.Context(), asked()); err != nil || r.asked.Load() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A registry that wants another token of Entra gets one, once.
func TestSourceClaims(t *testing.T) {
	r, s, e := sourceOf(t)
	var n atomic.Int32
	refusals := int32(1)
	r.answer = func(w http.ResponseWriter, req *http.Request) {
		if n.Add(1) > refusals {
			r.exchange(w, req)
			return
		}
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ=="`)
		refuse(w, 401, "UNAUTHORIZED", "more is needed")
	}
	if _, err := s.Token(t.Context(), asked()); err != nil || fmt.Sprint(e.claims) != `[ {"access_token":{"nbf":{"essential":true}}}]` {
		t.Errorf("%q, %v", e.claims, err)
	}
	// What is kept by now came of the very token that was refused elsewhere: a claim asks anew.
	claimed, before := asked(), r.asked.Load()
	claimed.Claims = "{}"
	if _, err := s.Token(t.Context(), claimed); err != nil || !s.kept(t, asked()) || r.asked.Load() != before+2 {
		t.Errorf("%d requests, %v", r.asked.Load()-before, err)
	}
	e.claims = e.claims[:2]
	refusals = 100
	removed := s.Store.RemoveTokens(asked().SessionID, func(k cache.Key, _ cache.Token) bool { return IsOf(k, s.Client.Host) })
	_, err := s.Token(t.Context(), asked())
	if _, ok := errors.AsType[*Error](err); !ok || removed != nil || len(e.claims) != 4 {
		t.Errorf("%v, %v, %q", err, removed, e.claims)
	}
}

// What an agent gives is kept nowhere, and neither is what came of it; nor is that of a person who signed out meanwhile.
func TestSourceKeepsNothing(t *testing.T) {
	_, s, e := sourceOf(t)
	e.agent = true
	if _, err := s.Token(t.Context(), asked()); err != nil || s.kept(t, asked()) {
		t.Error("an agent's", err)
	}
	r, s, e := sourceOf(t)
	r.answer = func(w http.ResponseWriter, req *http.Request) {
		if err := e.store.RemoveTokens(asked().SessionID, func(cache.Key, cache.Token) bool { return true }); err != nil {
			t.Error(err)
		}
		r.exchange(w, req)
	}
	if _, err := s.Token(t.Context(), asked()); err != nil || s.kept(t, asked()) {
		t.Error("of somebody who has signed out", err)
	}
	if files, err := os.ReadDir(filepath.Join(s.Store.Dir, "tokens")); len(files) != 0 {
		t.Error(files, err)
	}
	r, s, e = sourceOf(t)
	r.answer = func(w http.ResponseWriter, req *http.Request) {
		bobs := cache.Token{Value: cache.NewSecret("another"), Kind: cache.Access, Account: "bob@contoso.example", Obtained: time.Now(), Expires: time.Now().Add(time.Hour)}
		if err := e.store.KeepToken(asked().Key, bobs); err != nil {
			t.Error(err)
		}
		r.exchange(w, req)
	}
	if _, err := s.Token(t.Context(), asked()); err != nil || s.kept(t, asked()) {
		t.Error("where somebody else has signed in meanwhile", err)
	}
	r, s, e = sourceOf(t)
	r.answer = func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"refresh_token":"endless"}`) }
	got, err := s.Token(t.Context(), asked())
	if files, failed := os.ReadDir(filepath.Join(s.Store.Dir, "tokens")); err != nil || got.Value.Reveal() != "endless" || len(files) != 1 { // Entra's
		t.Error("without an end", err, files, failed)
	}
}

// Where no lock can be had, as in a cache that can only be read, there is an answer all the same.
func TestSourceWithoutLocks(t *testing.T) {
	_, s, _ := sourceOf(t)
	if err := errors.Join(os.MkdirAll(s.Store.Dir, 0o700), os.WriteFile(filepath.Join(s.Store.Dir, "locks"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Token(t.Context(), asked()); err != nil {
		t.Error(err)
	}
}

// A token of Entra that serves a call with a name alone gives one of the registry that does.
func TestSourceKeepsUnderTheName(t *testing.T) {
	_, s, e := sourceOf(t)
	e.named = true
	if _, err := s.Token(t.Context(), asked()); err != nil || s.kept(t, asked()) {
		t.Error("without a name", err)
	}
	named := asked()
	named.Account = entraToken().Account
	if !s.kept(t, named) {
		t.Error("with one")
	}
}

// The registry has to say that it gives out its own tokens before it gets one of Entra.
func TestSourceAsksFirst(t *testing.T) {
	r, s, _ := sourceOf(t)
	r.challenge = []string{`Bearer realm="https://evil.example/oauth2/token",service="evil.example"`}
	r.answer = func(http.ResponseWriter, *http.Request) { t.Error("it got a token") }
	if _, err := s.Token(t.Context(), asked()); err == nil || !strings.Contains(err.Error(), "another host") {
		t.Error(err)
	}
}

func TestKeyOf(t *testing.T) {
	k := KeyOf(asked().Key, "r.azurecr.io")
	if host, ok := HostOf(k); !ok || host != "r.azurecr.io" || !IsOf(k, host) || IsOf(k, "s.azurecr.io") {
		t.Error(host, ok)
	}
	for _, other := range []cache.Key{asked().Key, {Kind: cache.Registry}, {Kind: cache.Registry, Scopes: []string{"https://"}}, {Kind: cache.Registry, Scopes: []string{"abcdefghijk"}}} {
		if host, ok := HostOf(other); ok {
			t.Error(host)
		}
	}
	if k.Renewal() == asked().Renewal() || k.Renewal() == KeyOf(asked().Key, "s.azurecr.io").Renewal() {
		t.Error("one lock for two")
	}
}
