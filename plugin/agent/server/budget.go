package server

import (
	"fmt"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
)

// What another host may have the sign-in service asked for. A yes is to tokens, and not to as many requests as the host likes:
// the service would hold them against the person.
const (
	mostSpent = 20 // requests of one host, or attempts of it that failed
	spentFor  = time.Minute
)

// spender is a host, as grants know it.
type spender struct{ host, id string }

// spent says how long a host has to wait that has had its share; 0 is not at all.
func (s *Server) spent(by spender) time.Duration {
	s.state.Lock()
	defer s.state.Unlock()
	times := s.state.spent[by]
	if len(times) < mostSpent {
		return 0
	}
	return max(times[len(times)-mostSpent].Add(spentFor).Sub(s.settings.Now()), 0)
}

// spend notes a request of a host.
func (s *Server) spend(by spender) {
	s.state.Lock()
	defer s.state.Unlock()
	if s.state.spent == nil {
		s.state.spent = map[spender][]time.Time{}
	}
	times := append(s.state.spent[by], s.settings.Now())
	s.state.spent[by] = times[max(len(times)-mostSpent, 0):]
}

// overdrawn refuses a request that would cost another one of the sign-in service.
func (f *foreign) overdrawn() *agent.Error {
	wait := f.s.spent(f.spender())
	if wait == 0 {
		return nil
	}
	return &agent.Error{Code: agent.Failed, Class: failure.Refused,
		Message: fmt.Sprintf("this host has had the sign-in service asked %d times within a minute (%s)", mostSpent, untilWords(wait))}
}

func (f *foreign) spender() spender { return spender{f.g.host, f.g.id} }
