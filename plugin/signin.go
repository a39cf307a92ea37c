package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// errServed ends the wait for somebody else's sign-in: the token is there.
var errServed = errors.New("the token is there")

// renewFunc tries to get a token without a person.
type renewFunc func(ctx context.Context, r Request, old cache.Token) (cache.Token, error)

// signIn has a person asked, once for all processes that need it. why says why that is needed; renew is
// tried once more when the lock is had, because somebody may have signed in meanwhile.
func (c *Cached) signIn(ctx context.Context, r Request, why *PersonNeededError, renew renewFunc) (cache.Token, error) {
	if r.Unattended == "" && c.Forbidden != nil {
		r.Unattended = c.Forbidden(ctx)
	}
	if r.Unattended != "" {
		return cache.Token{}, &UnattendedError{Request: r, Err: why.Err}
	}
	if r.Claims == "" {
		r.Claims = why.Claims
	}
	r.Why = why.Why()
	started := c.now()
	if err := c.remembered(r, started.Add(-c.Memory), false); err != nil {
		return cache.Token{}, err
	}
	old, err := c.look(r)
	if err != nil {
		return cache.Token{}, err
	}
	w := &waiter{c: c, r: r, old: old, started: started}
	unlock, err := c.Store.LockSignIn(ctx, r.SignIn(), w.look)
	if place := (*cache.Error)(nil); errors.As(err, &place) {
		c.cannotKeep(err)
		unlock, err = func() {}, nil
	}
	if errors.Is(err, errServed) {
		return w.token, nil
	}
	if err != nil {
		return cache.Token{}, err
	}
	defer unlock()
	if w.waited {
		if err := c.remembered(r, started, true); err != nil {
			return cache.Token{}, err
		}
		renew = c.renew
	}
	t, err := renew(ctx, r, old)
	if needed := (*PersonNeededError)(nil); err == nil || !errors.As(err, &needed) {
		return t, err
	}
	return c.ask(ctx, r)
}

// ask runs the sign-in itself. Its lock is held.
func (c *Cached) ask(ctx context.Context, r Request) (cache.Token, error) {
	c.keepSignIn(r, cache.SignIn{Asker: r.Asker, Shown: c.Screen})
	shown := false
	source := c.SignIn(func(code Code) error {
		shown = true
		c.keepSignIn(r, cache.SignIn{Asker: r.Asker, UserCode: cache.NewSecret(code.UserCode),
			VerificationURI: code.VerificationURI, Expires: code.Expires, Shown: c.Screen})
		c.Prompt(r, code)
		return nil
	})
	grant, err := source.Token(ctx, r, cache.Session{})
	c.keepGrant(ctx, r, grant)
	var refused *RefusedError
	var down *https.NetworkError
	switch {
	case err == nil:
		c.forget(r)
		return grant.Token, nil
	case errors.As(err, &refused):
		refused.Request = r
		c.keepSignIn(r, cache.SignIn{Asker: r.Asker, Failed: string(refused.Reason), Text: refused.Text, When: c.now()})
	case ctx.Err() != nil && shown:
		c.keepSignIn(r, cache.SignIn{Asker: r.Asker, Failed: string(Cancelled), Text: "the sign-in was cancelled", When: c.now()})
	case errors.As(err, &down) && ctx.Err() == nil:
		c.keepSignIn(r, cache.SignIn{Asker: r.Asker, Failed: unreachable, Text: text.Short(down.Err.Error(), longestWhy), When: c.now()})
	default:
		c.forget(r)
	}
	return cache.Token{}, err
}

// unreachable is how a sign-in ended that could not be begun or finished because the service was down. Only
// those fail with it who waited for that sign-in; nobody else is kept from trying.
const unreachable = "unreachable"

// keepGrant stores what a person's sign-in brought: under the session's lock, merged into what others
// stored meanwhile. A signal that comes now does not lose it.
func (c *Cached) keepGrant(ctx context.Context, r Request, g Grant) {
	if g.Session.IsZero() && g.Token.Value.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepWait)
	defer cancel()
	unlock, _, err := c.lockSession(ctx, r, cache.Token{})
	if err != nil {
		c.cannotKeep(err)
		return
	}
	defer unlock()
	var stored cache.Session
	err = twice(func() (err error) { stored, err = c.session(r.SessionID); return err })
	if err != nil {
		c.cannotKeep(err)
		return
	}
	g.Session = c.dated(g.Session)
	merged := c.keepSession(r, stored, g)
	if !g.Token.Value.IsZero() {
		c.keepToken(r, merged, g.Token)
	}
}

// forget removes the record of a sign-in that is over. One that stays does no harm: nobody holds its lock.
func (c *Cached) forget(r Request) {
	if err := c.Store.RemoveSignIn(r.SignIn()); err != nil {
		c.cannotKeep(err)
	}
}

func (c *Cached) keepSignIn(r Request, s cache.SignIn) {
	if err := c.Store.KeepSignIn(r.SignIn(), s); err != nil {
		c.cannotKeep(err)
	}
}

// remembered returns the failure of the last sign-in, if it was after the time since. waited says whether
// this process has waited for that sign-in.
func (c *Cached) remembered(r Request, since time.Time, waited bool) error {
	last, ok := c.Store.SignIn(r.SignIn())
	if !ok || last.Failed == "" || !last.When.After(since) || last.When.After(c.now().Add(time.Minute)) {
		return nil
	}
	if last.Failed == unreachable {
		if waited {
			return &https.NetworkError{Host: r.Authority, Err: errors.New(last.Text)}
		}
		return nil
	}
	return &RefusedError{Reason: Reason(last.Failed), Text: last.Text, When: last.When, Request: r}
}

// waiter is a process that waits while another one asks.
type waiter struct {
	c       *Cached
	r       Request
	old     cache.Token
	started time.Time

	waited bool
	said   bool // for whom this process waits
	looked time.Time
	code   string // the code that was shown last
	token  cache.Token
}

// look is called again and again while the lock is taken. It ends the wait when the token is there, and
// shows the code of whoever asks, unless it stands on this very screen.
func (w *waiter) look(h cache.Holder) error {
	const often = 150 * time.Millisecond
	w.waited = true
	now := w.c.now()
	if now.Sub(w.looked) < often {
		return nil
	}
	w.looked = now
	t, err := w.c.look(w.r)
	if err == nil && t.Fresh(now) && !t.Value.Equal(w.old.Value) {
		w.token = t
		return errServed
	}
	s, ok := w.c.Store.SignIn(w.r.SignIn())
	w.say(h, s)
	if !ok || s.PID != h.PID || s.UserCode.IsZero() || s.UserCode.Reveal() == w.code || now.After(s.Expires) {
		return nil
	}
	w.code = s.UserCode.Reveal()
	if s.Shown == w.c.Screen && s.Shown != (cache.FileID{}) {
		w.c.explain("waiting for process %d, which has shown the code here", s.PID)
		return nil
	}
	asker := w.r
	asker.Asker = fmt.Sprintf("%s (process %d, for which this one waits)", s.Asker, s.PID)
	w.c.Prompt(asker, Code{UserCode: w.code, VerificationURI: s.VerificationURI, Expires: s.Expires})
	return nil
}

// say tells whom this process waits for where no code tells it for a while: the holder of the lock has none
// yet. Where the code will be shown on this very screen nothing is said.
func (w *waiter) say(h cache.Holder, s cache.SignIn) {
	const while = 2 * time.Second
	here := s.PID == h.PID && s.Shown == w.c.Screen && s.Shown != (cache.FileID{})
	if w.said || here || w.code != "" || s.PID == h.PID && !s.UserCode.IsZero() || w.looked.Sub(w.started) < while {
		return
	}
	w.said = true
	w.c.warn("waiting for process %d, which has been signing in since %s", h.PID, h.Since.Local().Format(time.TimeOnly))
}
