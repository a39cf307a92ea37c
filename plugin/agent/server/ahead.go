package server

import (
	"context"
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

// hold notes that somebody has got a token, and sees to its renewal.
func (s *Server) hold(r agent.Request, t cache.Token) {
	r.Renew, r.Claims, r.Least, r.Asker, r.Unattended = false, "", 0, "", ""
	name := keyOf(r).Hash()
	now := s.settings.Now()
	s.state.Lock()
	defer s.state.Unlock()
	if s.state.held == nil {
		s.state.held = map[string]*held{}
	}
	h := s.state.held[name]
	if h == nil {
		h = &held{r: r}
		s.state.held[name] = h
		s.letGoOldest()
	}
	h.asked = now
	s.renewed(h, t)
	s.setTimer(now)
}

// renewed notes a token's new life. The state is locked.
func (s *Server) renewed(h *held, t cache.Token) {
	t.Value = cache.Secret{}
	if !t.Obtained.Equal(h.life.Obtained) || !t.Expires.Equal(h.life.Expires) {
		h.tried, h.pause = time.Time{}, 0
	}
	h.life = t
}

// letGoOldest keeps held within its bound. The state is locked.
func (s *Server) letGoOldest() {
	for len(s.state.held) > mostHeld {
		var oldest string
		for name, h := range s.state.held {
			if oldest == "" || h.asked.Before(s.state.held[oldest].asked) {
				oldest = name
			}
		}
		delete(s.state.held, oldest)
	}
}

// setTimer sets the timer for the earliest renewal, and lets tokens go that have ended. The state is locked.
func (s *Server) setTimer(now time.Time) {
	if s.state.cancel != nil {
		s.state.cancel()
		s.state.cancel = nil
	}
	var next time.Time
	for name, h := range s.state.held {
		if !h.life.Until().After(now) {
			delete(s.state.held, name)
			continue
		}
		if due := h.due(); !h.flying && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	if next.IsZero() {
		return
	}
	s.state.cancel = s.settings.after(max(next.Sub(now), 0), s.renewDue)
}

// renewDue renews what is due and was asked for within its life, and lets the others go.
func (s *Server) renewDue() {
	now := s.settings.Now()
	s.state.Lock()
	defer s.state.Unlock()
	for name, h := range s.state.held {
		switch {
		case h.flying || h.due().After(now):
		case h.asked.Sub(h.life.Obtained) < 0, s.gate.isLocked():
			delete(s.state.held, name)
		default:
			h.flying = true
			go s.renewAhead(h)
		}
	}
	s.setTimer(now)
}

// renewAhead renews one token, in silence.
func (s *Server) renewAhead(h *held) {
	r := h.r
	r.Renew = true
	ctx, cancel := context.WithTimeout(context.Background(), agent.Attended)
	defer cancel()
	_, t, err := s.ahead(ctx, r)
	now := s.settings.Now()
	s.state.Lock()
	defer s.state.Unlock()
	h.flying = false
	switch {
	case err == nil && !t.Due(now):
		s.renewed(h, t)
	case needsPerson(err):
		delete(s.state.held, keyOf(h.r).Hash()) // whoever asks next is told
	default:
		h.tried, h.pause = now, max(2*h.pause, firstPause)
	}
	s.setTimer(now)
}

// ahead is Tokens of a renewal, whose failure within ends nothing.
func (s *Server) ahead(ctx context.Context, r agent.Request) (_ cache.Key, _ cache.Token, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errWithin
		}
	}()
	return s.settings.Tokens(ctx, r, false)
}

// forgetHeld lets all tokens go. The state is locked.
func (s *state) forgetHeld() {
	s.held = nil
	if s.cancel != nil {
		s.cancel()
		s.cancel = nil
	}
}
