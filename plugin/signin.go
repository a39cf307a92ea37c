package plugin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
func (c *Cached) signIn(ctx context.Context, r Request, why *InteractionRequiredError, renew renewFunc) (cache.Token, error) {
	if r.Unattended == "" {
		r.Unattended = c.forbids(ctx)
	}
	if r.Unattended != "" {
		return cache.Token{}, &UnattendedError{Request: r, Err: WithOthers(c.Store, r.SessionID, why.Err)}
	}
	if r.Claims == "" {
		r.Claims = why.Claims
	}
	r.Why = why.Why()
	started := c.now()
	if err := c.remembered(r, time.Time{}); err != nil {
		return cache.Token{}, err
	}
	old, err := c.look(r)
	if err != nil {
		return cache.Token{}, err
	}
	w := &waiter{c: c, r: r, id: r.SignIn(), old: old, started: started}
	unlock, err := w.wait(ctx)
	if _, ok := errors.AsType[*cache.Error](err); ok {
		c.sayCantKeep(err)
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
		if err := c.remembered(r, started); err != nil {
			return cache.Token{}, err
		}
		renew = c.renew
	}
	t, err := renew(ctx, r, old)
	if _, needed := errors.AsType[*InteractionRequiredError](err); !needed {
		return t, err
	}
	return c.ask(ctx, asked{r, w.id, old, renew})
}

// asked is a sign-in whose lock is held.
type asked struct {
	r     Request
	id    cache.SignInID
	old   cache.Token // the token at hand, or zero
	renew renewFunc
}

// ask runs the sign-in itself.
func (c *Cached) ask(ctx context.Context, a asked) (cache.Token, error) {
	r := a.r
	c.sayCantKeep(c.Store.KeepSignIn(a.id, cache.SignIn{Asker: r.Asker, Shown: c.StderrID}))
	shown := &recorder{UI: c.UI, c: c, id: a.id}
	grant, served, err := c.grant(ctx, a, shown)
	shown.stop()
	c.keepGrant(ctx, r, grant)
	if !served.Value.IsZero() {
		c.sayUnkept(c.Store.RemoveSignIn(a.id))
		return served, nil
	}
	var refused *RefusedError
	var down *https.NetworkError
	failed := cache.SignIn{Asker: r.Asker, When: c.now(), Caller: c.Caller}
	switch {
	case err == nil:
		c.sayUnkept(c.Store.RemoveSignIn(a.id))
		return grant.Token, nil
	case errors.As(err, &refused):
		refused.Request = r
		failed.Failed, failed.Text = string(refused.Reason), refused.Text
		failed.OfMethod, failed.Next = refused.OfMethod, refused.Next
		if refused.OfScopes {
			failed.Scopes = strings.Join(r.Scopes, " ")
		}
	case ctx.Err() != nil && shown.count != nil:
		failed.Failed, failed.Text = string(Cancelled), "the sign-in was cancelled"
	case errors.As(err, &down) && ctx.Err() == nil:
		failed.Failed, failed.Text = unreachable, text.Short(down.Err.Error(), longestWhy)
	default:
		c.sayCantKeep(c.Store.RemoveSignIn(a.id))
		return cache.Token{}, err
	}
	c.sayCantKeep(c.Store.KeepSignIn(r.SignIn(), failed))
	return cache.Token{}, err
}

// watchEvery is how often the session is looked at while a person is asked.
const watchEvery = time.Second

// grant asks the person. Somebody may sign in meanwhile under another name of the tenant: then the session serves,
// the person is asked no more, and served is the token.
func (c *Cached) grant(ctx context.Context, a asked, ui UI) (g Grant, served cache.Token, err error) {
	before, _ := c.Store.Session(a.r.SessionID)
	asking, stop := context.WithCancel(ctx)
	defer stop()
	tokens := make(chan cache.Token, 1)
	go func() {
		defer close(tokens)
		if t, ok := c.elsewhere(asking, a, before); ok {
			tokens <- t
			stop()
		}
	}()
	g, err = c.SignIn.Grant(asking, a.r, ui)
	stop()
	if served = <-tokens; err == nil {
		served = cache.Token{}
	}
	return g, served, err
}

// elsewhere waits until the session is another one than before and serves, because somebody has signed in
// elsewhere, or until ctx ends.
func (c *Cached) elsewhere(ctx context.Context, a asked, before cache.Session) (cache.Token, bool) {
	tick := time.NewTicker(cmp.Or(c.watch, watchEvery))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return cache.Token{}, false
		case <-tick.C:
		}
		now, err := c.Store.Session(a.r.SessionID)
		if err != nil || bytes.Equal(now.Reveal(), before.Reveal()) {
			continue
		}
		before = now
		if t, err := a.renew(ctx, a.r, a.old); err == nil {
			return t, true
		}
	}
}

// recorder is the UI of the process that asks: what it shows is kept, too, for those that wait.
type recorder struct {
	UI
	c     *Cached
	id    cache.SignInID
	count func() // ends the countdown; nil before there was something to show
}

func (s *recorder) Show(r Request, p Prompt) error {
	s.stop() // of a way that was left
	p = p.until(s.c.now(), r.PromptTimeout)
	terminal := s.c.terminal()
	page := p.URL
	if p.Method == Paste {
		page = "" // it holds the state of the sign-in, and is of use where the paste is asked for alone
	}
	s.c.sayCantKeep(s.c.Store.KeepSignIn(s.id, cache.SignIn{Asker: r.Asker, Method: p.Method, UserCode: cache.NewSecret(p.UserCode),
		VerificationURI: page, Forward: p.Forward, Expires: p.Expires, Shown: s.c.StderrID, Terminal: terminal.ID}))
	if err := s.UI.Show(r, p); err != nil {
		return err
	}
	s.c.showOn(terminal, r, p)
	s.count = s.UI.Count(r, p)
	return nil
}

func (s *recorder) stop() {
	if s.count != nil {
		s.count()
	}
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionWait)
	defer cancel()
	unlock, _, err := c.lockSession(ctx, r, cache.Token{})
	if err != nil {
		c.sayUnkept(err)
		return
	}
	defer unlock()
	var stored cache.Session
	err = twice(func() (err error) { stored, err = c.session(r.SessionID); return err })
	if err != nil {
		c.sayUnkept(err)
		return
	}
	g.Session, stored = anew(g.Session, stored, c.now())
	merged := c.keepSession(r, stored, g)
	if !g.Token.Value.IsZero() {
		c.keepToken(r, merged, g.Token)
	}
}

// remembered returns the failure of the last sign-in, if this call is held back by it. waiting is since when this
// process has waited for that sign-in, zero if it has not: then it fails as the sign-in did, unless another caller
// has just had enough of it. Those who sign in another way than the one that was refused are held back only if they waited.
func (c *Cached) remembered(r Request, waiting time.Time) error {
	d, all := c.Memory()
	since, waited := waiting, !waiting.IsZero()
	if !waited {
		since = c.now().Add(-d)
	}
	last, ok := c.Store.SignIn(r.SignIn())
	if !ok || last.Failed == "" || !last.When.After(since) || last.When.After(c.now().Add(time.Minute)) {
		return nil
	}
	if last.Scopes != "" && last.Scopes != strings.Join(r.Scopes, " ") {
		return nil
	}
	if last.Failed == unreachable {
		if waited {
			return &https.NetworkError{Host: r.Authority, Err: errors.New(last.Text)}
		}
		return nil
	}
	switch same := last.OfMethod == c.SignIn.Name(); {
	case same:
		last.Next = "" // this one is refused the next time, too
	case last.OfMethod != "" && !waited:
		c.explain("the last sign-in has failed (%s) by %s, and this one goes another way", last.Failed, last.OfMethod)
		return nil
	}
	if other := !all && c.Caller != last.Caller; other && (!waited || last.Failed == string(Cancelled)) {
		c.explain("a sign-in of another caller has failed (%s); this one asks anew", last.Failed)
		return nil
	}
	return &RefusedError{Reason: Reason(last.Failed), Text: last.Text, When: last.When, Until: last.When.Add(d), ForAll: all,
		OfMethod: last.OfMethod, Next: last.Next, Request: r}
}

// A sign-in is given up on when its process is stopped for a moment, when its prompt is over, or when it has
// shown none for longer than the service may take.
const (
	stoppedGrace = 2 * time.Second
	codeGrace    = 10 * time.Second
	codeWait     = 2 * time.Minute
	mostTurns    = 3 // so many take each other's place at the most
)

// errAbandoned ends the wait for a sign-in that nobody goes on with.
var errAbandoned = errors.New("nobody goes on with the sign-in")

// waiter is a process that waits while another one asks.
type waiter struct {
	c       *Cached
	r       Request
	id      cache.SignInID // that is waited for
	old     cache.Token
	started time.Time

	waited bool
	since  time.Time // when it was seen first that the lock of id is taken
	said   bool      // for whom this process waits
	looked time.Time
	shown  cache.SignIn // whose prompt was shown last
	token  cache.Token
}

// wait takes the lock of the sign-in. Where its holder does nothing any more, all that wait go over to the lock
// of the next turn: one of them asks in its place.
func (w *waiter) wait(ctx context.Context) (unlock func(), err error) {
	for {
		unlock, err = w.c.Store.LockSignIn(ctx, w.id, w.look)
		if !errors.Is(err, errAbandoned) {
			return unlock, err
		}
		w.id.Turn++
		w.since, w.said = time.Time{}, false
	}
}

// look is called again and again while the lock is taken. It ends the wait when the token is there, when this
// call's own time is over, and when nobody goes on; it shows the code of whoever asks, unless it stands on this
// very screen.
func (w *waiter) look(h cache.Holder) error {
	w.waited = true
	now := w.c.now()
	w.looked = now
	if w.since.IsZero() {
		w.since = now
	}
	t, err := w.c.look(w.r)
	if err == nil && t.Fresh(now) && !t.Value.Equal(w.old.Value) {
		w.token = t
		return errServed
	}
	if limit := w.r.PromptTimeout; limit > 0 && now.Sub(w.started) > limit {
		return &RefusedError{Reason: TimedOut, Text: fmt.Sprintf("nobody signed in within %v", limit), Request: w.r}
	}
	s, ok := w.c.Store.SignIn(w.id)
	ok = ok && s.PID == h.PID
	if err := w.abandoned(h, s, ok); err != nil {
		return err
	}
	w.say(h, s)
	return w.show(s, ok)
}

// abandoned gives up on a holder that does nothing any more. known says that s is its record.
func (w *waiter) abandoned(h cache.Holder, s cache.SignIn, known bool) error {
	waited := w.looked.Sub(w.since)
	why := ""
	switch asks := known && s.Asks(); {
	case waited > stoppedGrace && h.Stopped():
		why = "is stopped"
	case asks && w.looked.After(s.Expires.Add(codeGrace)):
		why = "has shown a " + what(s.UserCode.Reveal()) + " that is over"
	case !asks && waited > codeWait:
		why = fmt.Sprintf("has shown nothing for %s", text.Span(waited))
	default:
		return nil
	}
	if w.id.Turn+1 >= mostTurns {
		return &LockError{Holder: h, Waited: w.looked.Sub(w.started)}
	}
	w.c.warn("process %d, which is to ask for the sign-in, %s; another one asks in its place", h.PID, why)
	return errAbandoned
}

// show puts the prompt of whoever asks before the person, once.
func (w *waiter) show(s cache.SignIn, known bool) error {
	if !known || !s.Asks() || s.SamePrompt(w.shown) || w.looked.After(s.Expires) {
		return nil
	}
	w.shown = s
	terminal := w.c.terminal()
	free, over := w.c.Store.ClaimScreens(w.id, s, w.c.StderrID, terminal.ID)
	if over {
		return nil // the next look tells what came of it
	}
	asker, p := w.r, Prompt{Method: s.Method, UserCode: s.UserCode.Reveal(), URL: s.VerificationURI, Forward: s.Forward, Expires: s.Expires}.until(w.started, w.r.PromptTimeout)
	asker.Asker = fmt.Sprintf("%s (process %d, for which this one waits)", s.Asker, s.PID)
	if w.c.StderrID == (cache.FileID{}) || slices.Contains(free, w.c.StderrID) {
		if err := w.c.UI.Show(asker, p); err != nil {
			return err
		}
	} else {
		w.c.explain("waiting for process %d, whose %s stands here already", s.PID, what(p.UserCode))
	}
	if terminal.ID == (cache.FileID{}) || slices.Contains(free, terminal.ID) {
		w.c.showOn(terminal, asker, p)
	}
	return nil
}

// terminal is where a person sees a prompt who does not see what UI shows, zero if there is no such place.
func (c *Cached) terminal() Screen {
	if c.Terminal == nil {
		return Screen{}
	}
	s, err := c.Terminal()
	if err != nil {
		c.explain("the prompt is shown on standard error alone: %v", err)
		return Screen{}
	}
	return s
}

// showOn shows a prompt on a terminal besides. That is a courtesy: where it fails the sign-in goes on.
func (c *Cached) showOn(terminal Screen, r Request, p Prompt) {
	if terminal.Show == nil {
		return
	}
	if err := terminal.Show(r, p); err != nil {
		c.explain("the terminal does not take the %s: %v", what(p.UserCode), err)
		return
	}
	c.explain("the %s is shown on the terminal, too", what(p.UserCode))
}

// say tells whom this process waits for where no prompt tells it for a while: the holder of the lock has none
// yet. Where the prompt will be shown on this very screen nothing is said.
func (w *waiter) say(h cache.Holder, s cache.SignIn) {
	const while = 2 * time.Second
	here := s.PID == h.PID && s.Shown == w.c.StderrID && s.Shown != (cache.FileID{})
	if w.said || here || w.shown.Asks() || s.PID == h.PID && s.Asks() || w.looked.Sub(w.since) < while {
		return
	}
	w.said = true
	w.c.warn("waiting for process %d, which has been signing in since %s", h.PID, h.Since.Local().Format(time.TimeOnly))
}
