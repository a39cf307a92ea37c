package server

import (
	"context"
	"sync"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
)

// A token that was asked for since it was obtained is renewed when the last third of its life begins, by a timer for the
// earliest one. One that nobody asked for since is let go. So nobody who asks at all often waits for a request, and where
// nobody asks there is no timer.

// mostHeld bounds what is renewed ahead: of more, those that were not asked for the longest are let go.
const mostHeld = 100

// firstPause is the time after which a renewal that failed is tried again; each one after that takes twice as long.
const firstPause = time.Minute

// held is a token that was asked for: what for, and when it lives, but not the token itself.
type held struct {
	r      agent.Request
	life   cache.Token // without its value
	asked  time.Time   // when somebody wanted it last
	tried  time.Time   // when its renewal failed last; zero if it did not
	pause  time.Duration
	flying bool // its renewal is under way
}

// due is when the renewal of h is due.
func (h *held) due() time.Time {
	third := h.life.Until().Sub(h.life.Obtained) / 3
	due := h.life.Until().Add(-third)
	if again := h.tried.Add(h.pause); !h.tried.IsZero() && again.After(due) {
		return again
	}
	return due
}

// renewals are the tokens that are renewed ahead, and the timer for the earliest of them.
type renewals struct {
	tokens Tokens
	now    func() time.Time
	after  func(d time.Duration, f func()) (stop func() bool)
	gate   *gate // while it is locked nothing is renewed

	mu     sync.Mutex // taken before that of gate
	held   map[string]*held
	cancel func() bool // of the timer; nil where none is set
}

func newRenewals(c Settings, g *gate) *renewals {
	return &renewals{tokens: c.Tokens, now: c.Now, after: c.after, gate: g, held: map[string]*held{}}
}

// hold notes that somebody has got a token, and sees to its renewal.
func (rs *renewals) hold(r agent.Request, t cache.Token) {
	r.Renew, r.Claims, r.Least, r.Asker, r.Unattended = false, "", 0, "", ""
	name := keyOf(r).Hash()
	now := rs.now()
	rs.mu.Lock()
	defer rs.mu.Unlock()
	h := rs.held[name]
	if h == nil {
		h = &held{r: r}
		rs.held[name] = h
		rs.letGoOldest()
	}
	h.asked = now
	rs.renewed(h, t)
	rs.setTimer(now)
}

// renewed notes a token's new life. rs is locked.
func (rs *renewals) renewed(h *held, t cache.Token) {
	t.Value = cache.Secret{}
	if !t.Obtained.Equal(h.life.Obtained) || !t.Expires.Equal(h.life.Expires) {
		h.tried, h.pause = time.Time{}, 0
	}
	h.life = t
}

// letGoOldest keeps held within its bound. rs is locked.
func (rs *renewals) letGoOldest() {
	for len(rs.held) > mostHeld {
		var oldest string
		for name, h := range rs.held {
			if oldest == "" || h.asked.Before(rs.held[oldest].asked) {
				oldest = name
			}
		}
		delete(rs.held, oldest)
	}
}

// setTimer sets the timer for the earliest renewal, and lets tokens go that have ended. rs is locked.
func (rs *renewals) setTimer(now time.Time) {
	if rs.cancel != nil {
		rs.cancel()
		rs.cancel = nil
	}
	var next time.Time
	for name, h := range rs.held {
		if !h.life.Until().After(now) {
			delete(rs.held, name)
			continue
		}
		if due := h.due(); !h.flying && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	if next.IsZero() {
		return
	}
	rs.cancel = rs.after(max(next.Sub(now), 0), rs.renewDue)
}

// renewDue renews what is due and was asked for within its life, and lets the others go.
func (rs *renewals) renewDue() {
	now := rs.now()
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for name, h := range rs.held {
		switch {
		case h.flying || h.due().After(now):
		case h.asked.Sub(h.life.Obtained) < 0, rs.gate.isLocked():
			delete(rs.held, name)
		default:
			h.flying = true
			go rs.renewAhead(h)
		}
	}
	rs.setTimer(now)
}

// renewAhead renews one token, in silence.
func (rs *renewals) renewAhead(h *held) {
	r := h.r
	r.Renew = true
	ctx, cancel := context.WithTimeout(context.Background(), agent.Attended)
	defer cancel()
	_, t, err := rs.silently(ctx, r)
	now := rs.now()
	rs.mu.Lock()
	defer rs.mu.Unlock()
	h.flying = false
	switch {
	case err == nil && !t.Due(now):
		rs.renewed(h, t)
	case needsPerson(err):
		delete(rs.held, keyOf(h.r).Hash()) // whoever asks next is told
	default:
		h.tried, h.pause = now, max(2*h.pause, firstPause)
	}
	rs.setTimer(now)
}

// silently is Tokens of a renewal, whose failure within ends nothing.
func (rs *renewals) silently(ctx context.Context, r agent.Request) (_ cache.Key, _ cache.Token, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errWithin
		}
	}()
	return rs.tokens(ctx, r, false)
}

// count is how many are held.
func (rs *renewals) count() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.held)
}

// forget lets all tokens go.
func (rs *renewals) forget() {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	clear(rs.held)
	if rs.cancel != nil {
		rs.cancel()
		rs.cancel = nil
	}
}
