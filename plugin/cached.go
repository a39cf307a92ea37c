package plugin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	// patience is how long a renewal by another process is waited for while the token at hand is valid.
	patience = 3 * time.Second
	// sessionWait bounds the wait for the session's lock: its holder makes a few requests of 30 seconds. It bounds the
	// saving of a sign-in, too.
	sessionWait = 2 * time.Minute
	// stoppedWait bounds it where the holder is stopped, and does nothing until somebody has it go on.
	stoppedWait = 10 * time.Second
)

// How long a sign-in that failed is not tried again: with a person near, and in the background, where a
// poller would prompt all night.
//
// That helps whoever is called again and again by a program: client-go runs a failing plugin up to five times for one
// command, and nobody is to be asked five times, however the first time ended. It helps nobody who types a command
// anew: they have changed their mind, have found their telephone, or take another account this time. So at a terminal
// the caller alone is held back whose sign-in it was. In the background nobody types, and all callers are.
const (
	MemoryAttended   = 30 * time.Second
	MemoryUnattended = 5 * time.Minute
)

// Cached answers from the cache while it can, renews in silence what is stale, and has a person asked
// when nothing else is left.
//
// A fresh token costs the reading of one file: no lock, no network, no writing. A renewal is done under
// the session's lock, so that N processes renew once. A sign-in is done under a lock of its own, so that
// N processes ask once, and a prompt that waits delays nobody who needs no prompt.
type Cached struct {
	Store  *cache.Store
	Silent Source // without a person; of a machine, see cache.Key, that is all there is
	SignIn Method // nil where no person signs in
	UI     UI
	// StderrID is where UI writes. A process that shares it with the one that asks shows nothing.
	StderrID cache.FileID
	// Terminal finds the terminal of a person who does not see what UI shows, because a program takes it. The error
	// says in words for -v why nothing is shown there. It is called only when there is a code to show. It may be nil.
	Terminal func() (Screen, error)
	// Caller tells apart who runs this process; "" where that is not known.
	Caller string
	// Memory says how long a sign-in that failed is not tried again, and whether for no caller: else for the one whose
	// sign-in it was. It is called only when a person is needed.
	Memory func() (d time.Duration, all bool)
	// Forbidden says why nobody may be asked, "" if somebody may, where the request does not say it: it is
	// called only when a person is needed, and may take a while. It may be nil.
	Forbidden func(context.Context) string
	// Agent is asked where no stored token is fresh, before a request is made and before a person is asked; AgentFirst says
	// that it is the agent of this machine, which has the key of what is stored and goes by its own settings: it is asked as a
	// stored token is read, before that and without Permit, which whoever sets AgentFirst sees to. It is not asked for a machine, nor for
	// a token that is bound to a key of this one. An error that is ErrNoAgent has the call go on without it; any other ends the call. It may be nil.
	Agent      TokenSource
	AgentFirst bool
	// Permit is called past the warm path, before anything is sent, kept or asked. Its error ends the call. It may
	// be nil.
	Permit func() error
	// BeforeWait is called before the first thing that may take a while. The context that it returns is
	// used from then on, and its function is called at the end. It may be nil.
	BeforeWait func(context.Context) (context.Context, func())
	// Storage is how what is kept is to be protected. It is put in force past the warm path, before anything is
	// kept and before anybody is asked. "" leaves the one that is in force.
	Storage cache.Storage
	// Warn tells what went wrong though the answer is right; Explain what was decided (-v).
	Warn, Explain func(string)

	// stubbable for testing
	Now   func() time.Time // nil means time.Now
	watch time.Duration    // between two looks at the session while a person is asked; 0 means a second

	unkept bool         // it was said that nothing can be kept
	given  cache.Secret // the token that the agent gave
	knows  bool         // Forbidden was called
	why    string       // what it said
}

// LockError says that another process has held a lock for too long.
type LockError = cache.LockError

func (c *Cached) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// Token returns a token for r that is fresh, or at least still valid where it can't be renewed.
// Errors: *UnattendedError, *LockError, *cache.Error, *cache.StorageError those of Source, and of Permit.
func (c *Cached) Token(ctx context.Context, r Request) (cache.Token, error) {
	if t, err := c.askAgentFirst(ctx, r); !errors.Is(err, ErrNoAgent) {
		return t, err
	}
	t, err := c.look(r)
	if err != nil {
		return cache.Token{}, err
	}
	if !r.bypassCache() && t.Fresh(c.now()) {
		c.explain("the stored token is fresh, it ends at %s", t.Expires.Local().Format(time.TimeOnly))
		return t, nil
	}
	if err := c.permit(); err != nil {
		return cache.Token{}, err
	}
	ctx, done := c.beforeWait(ctx)
	defer done()
	renewed, err := c.askAgentSecond(ctx, r)
	if errors.Is(err, ErrNoAgent) {
		renewed, err = c.settled(ctx, r, t)
	}
	if err == nil {
		return renewed, nil
	}
	if c.stillServes(ctx, r, t, err) {
		c.warn("the token can't be renewed (%v); the one at hand is used until it ends at %s", err, t.Expires.Local().Format(time.TimeOnly))
		return t, nil
	}
	needed, ok := errors.AsType[*InteractionRequiredError](err)
	if !ok {
		return cache.Token{}, err
	}
	return c.signIn(ctx, r, needed, c.renew)
}

// Login has a person asked though the session may still serve. What is remembered of a failed sign-in is
// forgotten first. A machine is not asked: it shows anew what it has.
func (c *Cached) Login(ctx context.Context, r Request) (cache.Token, error) {
	if err := c.permit(); err != nil {
		return cache.Token{}, err
	}
	if !r.Person() {
		r.Renew = true
		return c.Token(ctx, r)
	}
	ctx, done := c.beforeWait(ctx)
	defer done()
	if err := c.Store.ApplyStorage(ctx, c.Storage); err != nil {
		return cache.Token{}, err
	}
	if last, ok := c.Store.SignIn(r.SignIn()); ok && last.Failed != "" {
		c.sayCantKeep(c.Store.RemoveSignIn(r.SignIn()))
	}
	r.Asked = true
	why := &InteractionRequiredError{Err: errWanted}
	anew := func(context.Context, Request, cache.Token) (cache.Token, error) { return cache.Token{}, why }
	return c.signIn(ctx, r, why, anew)
}

// settled settles first, and then renews what is not there: it may lie in another folder than it seemed.
func (c *Cached) settled(ctx context.Context, r Request, old cache.Token) (cache.Token, error) {
	before := c.Store.Dir
	if err := c.Store.ApplyStorage(ctx, c.Storage); err != nil {
		return cache.Token{}, err
	}
	if c.Store.Dir != before {
		t, err := c.look(r)
		if err == nil && !r.bypassCache() && t.Fresh(c.now()) {
			return t, nil
		}
	}
	return c.renew(ctx, r, old)
}

func (c *Cached) permit() error {
	if c.Permit == nil {
		return nil
	}
	return c.Permit()
}

func (c *Cached) beforeWait(ctx context.Context) (context.Context, func()) {
	if c.BeforeWait == nil {
		return ctx, func() {}
	}
	return c.BeforeWait(ctx)
}

// stillServes reports whether the token at hand is good enough after err: nobody is asked, and nobody is
// sent away, while it is valid. Whoever cancelled the call wants no token any more.
func (c *Cached) stillServes(ctx context.Context, r Request, t cache.Token, err error) bool {
	_, several := errors.AsType[*AccountsError](err)
	return !r.bypassCache() && t.Valid(c.now()) && !several && !errors.Is(ctx.Err(), context.Canceled)
}

// look returns the stored token, a zero one if there is none that can be read.
func (c *Cached) look(r Request) (cache.Token, error) {
	t, err := c.Store.Token(r.Key)
	if errors.Is(err, cache.ErrNone) || errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrKeyGone) {
		return cache.Token{}, nil
	}
	return t, err
}

// longestWhy bounds what is told of a failure, in characters.
const longestWhy = 160

// renew gets a token in silence, under the session's lock. old is the token at hand, or zero. Whoever waited
// for the lock while its holder found the service down, fails as the holder did: N processes try once, not
// one after the other.
func (c *Cached) renew(ctx context.Context, r Request, old cache.Token) (cache.Token, error) {
	started := c.now()
	unlock, waited, err := c.lockSession(ctx, r, old)
	if err != nil {
		return cache.Token{}, err
	}
	defer unlock()
	t, err := c.Store.Token(r.Key)
	if errors.Is(err, cache.ErrCorrupt) {
		c.sayCantKeep(c.Store.SetAsideToken(r.Key))
	}
	if err == nil && t.Fresh(c.now()) && (!r.bypassCache() || !t.Value.Equal(old.Value)) {
		c.explain("another process has renewed the token")
		return t, nil
	}
	if why, when := c.Store.LastFailed(r.Renewal()); waited && when.After(started) && !when.After(c.now()) {
		if err := asBefore(r, why); err != nil {
			return cache.Token{}, err
		}
	}
	return c.obtain(ctx, r)
}

// obtain is renew once it is settled that the service is asked. The session's lock is held.
func (c *Cached) obtain(ctx context.Context, r Request) (cache.Token, error) {
	if !r.Person() {
		return c.exchange(ctx, r)
	}
	stored, err := c.session(r.SessionID)
	if err != nil {
		return cache.Token{}, err
	}
	if !stored.IsZero() {
		if err := c.Store.Reserve(r.SessionID); err != nil {
			c.explain("there may be no room for the session that comes back: %v", err)
		}
	}
	grant, err := c.Silent.Token(ctx, r, stored)
	if down, ok := errors.AsType[*https.NetworkError](err); ok && ctx.Err() == nil {
		c.Store.SayFailed(r.SessionID, text.Short(down.Err.Error(), longestWhy))
	}
	if several, ok := errors.AsType[*AccountsError](err); ok {
		several.Session = r.SessionID
	}
	merged := c.noteRefused(r, c.keepSession(r, stored, grant), err)
	if grant.Token.Value.IsZero() {
		return cache.Token{}, err
	}
	if err != nil {
		c.warn("the token is valid, but the service could not renew it: %v", err)
	}
	c.keepToken(r, merged, grant.Token)
	return grant.Token, nil
}

// exchange is obtain where no person is: there is no session, no account to choose, and nobody to ask. Whatever it fails
// for, those who wait fail for it, too: nobody signs in meanwhile, and a program, or a service that refuses, is not asked N
// times.
func (c *Cached) exchange(ctx context.Context, r Request) (cache.Token, error) {
	grant, err := c.Silent.Token(ctx, r, cache.Session{})
	if err != nil {
		if ctx.Err() == nil && !r.bypassCache() {
			c.Store.SayFailed(r.Renewal(), forOthers(r, err))
		}
		return cache.Token{}, err
	}
	c.sayUnkept(c.Store.KeepToken(r.Key, grant.Token))
	return grant.Token, nil
}

// forOthers is the failure of a machine for those who wait for its lock: its class, the token's name, and its words.
func forOthers(r Request, err error) string {
	why := err.Error()
	if unfit, ok := errors.AsType[*MachineError](err); ok && unfit.Hint != "" {
		why += ". " + unfit.Hint
	}
	return fmt.Sprintf("%s %s %s", failure.Of(err), r.Hash(), text.Redact(why, 3*longestWhy))
}

// asBefore is the error of whoever waited for a lock while its holder failed; nil where that says nothing of r.
func asBefore(r Request, why string) error {
	if r.Person() {
		return &https.NetworkError{Host: r.Authority, Err: errors.New(text.Short(why, longestWhy))}
	}
	class, rest, _ := strings.Cut(why, " ")
	token, words, _ := strings.Cut(rest, " ")
	if failure.Class(class) != failure.Network && token != r.Hash() {
		return nil
	}
	return &MachineError{What: strings.TrimSuffix(text.Short(words, 3*longestWhy), "."), Kind: failure.Class(class)}
}

// lockSession waits for the session's lock: a moment if the token at hand is valid, a while if not. It
// returns a no-op where no lock can be had: better an answer twice renewed than none.
func (c *Cached) lockSession(ctx context.Context, r Request, old cache.Token) (unlock func(), taken bool, err error) {
	start, said := c.now(), false
	unlock, err = c.Store.LockSession(ctx, r.Renewal(), func(h cache.Holder) error {
		taken = true
		waited := c.now().Sub(start)
		limit := sessionWait
		switch {
		case !r.bypassCache() && old.Valid(c.now()):
			limit = patience
		case h.Stopped():
			limit = stoppedWait
		}
		if waited > limit {
			return &LockError{Holder: h, Waited: waited}
		}
		if waited > time.Second && !said {
			said = true
			c.warn("waiting for %v, which %s", h, h.Doing())
		}
		return nil
	})
	if _, ok := errors.AsType[*cache.Error](err); ok {
		c.sayCantKeep(err)
		return func() {}, false, nil
	}
	return unlock, taken, err
}

// session reads the stored session; a damaged one is set aside and counts as empty. One whose key is gone
// counts as empty, too, and stays until a new sign-in takes its place.
func (c *Cached) session(id cache.SessionID) (cache.Session, error) {
	s, err := c.Store.Session(id)
	if errors.Is(err, cache.ErrCorrupt) {
		c.sayCantKeep(c.Store.SetAsideSession(id))
		return cache.Session{}, nil
	}
	if errors.Is(err, cache.ErrKeyGone) {
		return cache.Session{}, nil
	}
	return s, err
}

// keepSession stores what a grant brought for the session, before anything else: a refresh token may be
// good only once. So a failure that passes is outlived. It returns the session as it is now.
func (c *Cached) keepSession(r Request, stored cache.Session, g Grant) cache.Session {
	if g.Session.IsZero() {
		return stored
	}
	merged, err := stored.Merge(g.Session)
	say := c.sayUnkept
	if g.Token.Value.IsZero() {
		say = c.sayCantKeep
	}
	if err != nil {
		say(err)
		return stored
	}
	say(twice(func() error { return c.Store.KeepSession(r.SessionID, merged) }))
	return merged
}

// noteRefused keeps in a session that the service takes it no more, or that it does again, for those who look before
// they call; whether a call tries it is the same. err is that of the renewal. The session's lock is held.
func (c *Cached) noteRefused(r Request, s cache.Session, err error) cache.Session {
	var refusal interface{ EndsSession() bool }
	refused := errors.As(err, &refusal) && refusal.EndsSession()
	account, failed := ChooseAccount(s, r.Account, r.Tenant)
	noted := !s.Refused(account.HomeID).IsZero()
	if failed != nil || err != nil && !refused || refused == noted {
		return s
	}
	var at time.Time
	if refused {
		at = c.now()
	}
	s = s.NoteRefused(account.HomeID, at)
	if c.unkept { // there may be no lock
		return s
	}
	if err := c.Store.KeepSession(r.SessionID, s); err != nil {
		c.explain("what the service says of the session can't be kept: %v", err)
	}
	return s
}

// twice tries again what failed.
func twice(do func() error) error {
	if do() == nil {
		return nil
	}
	return do()
}

// keepToken stores a token. Where the session would not choose its account for a call without a name (any
// more), the tokens of such calls go, and this one is stored under the account's name alone: the next call
// without a name has to say whom it means.
func (c *Cached) keepToken(r Request, s cache.Session, t cache.Token) {
	chosen, err := ChooseAccount(s, "", r.Tenant)
	if t.Account != "" && (err != nil || !chosen.Is(t.Account)) {
		if err == nil && r.Account == "" {
			c.warn("this token is for %s, and a call for %s that names no account means %s; --account names the other one",
				text.Short(t.Account, 200), DescribeTenant(r.Tenant), text.Short(chosen.Username, 200))
		}
		stale := func(k cache.Key, t cache.Token) bool {
			return k.Account == "" && strings.EqualFold(k.Tenant, r.Tenant) && !chosen.Is(t.Account)
		}
		c.sayUnkept(c.Store.RemoveTokens(r.SessionID, stale))
		r.Account = cmp.Or(r.Account, t.Account)
	}
	c.sayGranted(r, t)
	c.sayUnkept(c.Store.KeepToken(r.Key, t))
}

// sayGranted says that a token has fewer scopes than were asked for: once, for it is kept under what was asked
// for, and serves from then on.
func (c *Cached) sayGranted(r Request, t cache.Token) {
	if len(t.Granted) == 0 {
		return
	}
	if before, err := c.Store.Token(r.Key); err == nil && slices.Equal(before.Granted, t.Granted) {
		return
	}
	c.warn("the service granted fewer scopes than were asked for (%s): %s", text.Short(strings.Join(r.Scopes, " "), 300), text.Short(strings.Join(t.Granted, " "), 300))
}

// sayUnkept says, once, that an answer can't be kept; err may be nil.
func (c *Cached) sayUnkept(err error) {
	c.sayOnce("the answer is right, but it can't be kept for the next call", err)
}

// sayCantKeep says, once, that what a call needs to keep can't be kept, where it has no answer yet, or none at all.
func (c *Cached) sayCantKeep(err error) {
	c.sayOnce("what comes of this call can't be kept for the next call", err)
}

func (c *Cached) sayOnce(what string, err error) {
	if err == nil || c.unkept {
		return
	}
	c.unkept = true
	c.warn("%s: %v", what, err)
}

func (c *Cached) warn(format string, args ...any) {
	if c.Warn != nil {
		c.Warn(fmt.Sprintf(format, args...))
	}
}

func (c *Cached) explain(format string, args ...any) {
	if c.Explain != nil {
		c.Explain(fmt.Sprintf(format, args...))
	}
}
