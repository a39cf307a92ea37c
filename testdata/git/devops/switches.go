package devops

import "net/http"

// switches make the server refuse credentials that are good.
type switches struct {
	next      int             // so many credentials are refused with 401
	forbidden bool            // 403
	refused   map[string]bool // tokens
	seen      map[string]bool // tokens that were good
	countdown int             // so many requests are answered before the tokens seen are refused; -1: never
}

// RefuseNext answers 401 to the next n requests whose token is good.
func (s *Server) RefuseNext(n int) { s.change(func(w *switches) { w.next = n }) }

// Forbid answers 403 to every request whose token is good, or ends that.
func (s *Server) Forbid(on bool) { s.change(func(w *switches) { w.forbidden = on }) }

// Refuse answers 401 to a token from now on.
func (s *Server) Refuse(token string) { s.change(func(w *switches) { w.refused[token] = true }) }

// ExpireAfter lets n more requests pass whose token is good. Then all tokens that were seen until then have expired.
func (s *Server) ExpireAfter(n int) { s.change(func(w *switches) { w.countdown = n }) }

func (s *Server) change(change func(*switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}

// decide has the last word about a token that is good.
func (s *Server) decide(token string) (status int, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.switches
	if w.countdown == 0 {
		for seen := range w.seen {
			w.refused[seen] = true
		}
		w.countdown = -1
	}
	switch {
	case w.refused[token]:
		return http.StatusUnauthorized, "token is refused for good"
	case w.next > 0:
		w.next--
		return http.StatusUnauthorized, "token is refused this once"
	case w.forbidden:
		return http.StatusForbidden, "no permission"
	}
	w.seen[token] = true
	if w.countdown > 0 {
		w.countdown--
	}
	return http.StatusOK, ""
}
