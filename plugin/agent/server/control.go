package server

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/text"
)

// Status says what the agent is like.
func (s *Server) Status() agent.Status {
	s.state.Lock()
	defer s.state.Unlock()
	return agent.Status{PID: os.Getpid(), Locked: s.state.locked, Since: s.state.since, Confirm: string(s.settings.Policy), CanAsk: s.settings.Confirm != nil, Resources: s.settings.Allow.resources(),
		Tenants: s.settings.Allow.Tenants, Grants: len(s.state.granted), Tokens: len(s.state.held)}
}

// Lock has both sockets refuse everybody, until Unlock. Questions that are open end without an answer.
func (s *Server) Lock() {
	s.state.Lock()
	s.state.locked = true
	s.state.forgetQuestions()
	s.state.Unlock()
	s.note(agent.Entry{Host: ownPrograms, Outcome: "locked"})
}

// Unlock ends Lock. What was granted before counts again.
func (s *Server) Unlock() {
	s.state.Lock()
	s.state.locked = false
	s.state.Unlock()
	s.note(agent.Entry{Host: ownPrograms, Outcome: "unlocked"})
}

func (s *Server) locked() bool {
	s.state.Lock()
	defer s.state.Unlock()
	return s.state.locked
}

// Drop forgets what the person answered, and which tokens were to be renewed. Questions that are open end without an answer.
func (s *Server) Drop() {
	s.state.Lock()
	s.state.granted, s.state.denied, s.state.begun = nil, nil, nil
	s.state.forgetQuestions()
	s.state.forgetHeld()
	s.state.Unlock()
	s.note(agent.Entry{Host: ownPrograms, Outcome: "all grants dropped"})
}

// ownPrograms is whom agent.sock serves, in the log.
const ownPrograms = "this machine"

// together is how long the same lines of the log are one.
const together = time.Hour

// longestOutcome bounds the words of a line: an error's, for the most part.
const longestOutcome = 300

// Log returns the log, the oldest line first.
func (s *Server) Log() []agent.Entry {
	s.state.Lock()
	defer s.state.Unlock()
	return slices.Clone(s.state.log)
}

// note adds a line to the log.
func (s *Server) note(e agent.Entry) {
	e.Time, e.Times = s.settings.Now(), 1
	e.Outcome = text.Short(e.Outcome, longestOutcome)
	s.state.Lock()
	defer s.state.Unlock()
	for i := len(s.state.log) - 1; i >= 0; i-- {
		old := &s.state.log[i]
		same := old.Host == e.Host && old.Resource == e.Resource && old.Tenant == e.Tenant && old.Account == e.Account && old.Outcome == e.Outcome
		if passed := e.Time.Sub(old.Time); same && e.Resource != "" && passed >= 0 && passed < together {
			old.Times++
			old.Last = e.Time
			return
		}
	}
	s.state.log = append(s.state.log, e)
	if len(s.state.log) > agent.MostEntries {
		i := leastMissed(s.state.log)
		s.state.log = slices.Delete(s.state.log, i, i+1)
	}
}

// leastMissed is the index of the line that goes where there are too many: the oldest one of the host that has the most, so
// that none can push out what is said of another one.
func leastMissed(log []agent.Entry) int {
	lines := map[string]int{}
	most := ""
	for _, e := range log {
		if lines[e.Host]++; lines[e.Host] > lines[most] {
			most = e.Host
		}
	}
	return slices.IndexFunc(log, func(e agent.Entry) bool { return e.Host == most })
}

// control serves what only agent.sock has.
func (s *Server) control() map[string]http.HandlerFunc {
	done := func(f func()) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			f()
			w.WriteHeader(http.StatusNoContent)
		}
	}
	return map[string]http.HandlerFunc{
		"POST " + agent.LockPath:   done(s.Lock),
		"POST " + agent.UnlockPath: done(s.Unlock),
		"GET " + agent.LogPath:     func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, s.Log()) },
		"GET " + agent.StatusPath:  func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, s.Status()) },
		"POST " + agent.StopPath: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			http.NewResponseController(w).Flush() // before the agent ends
			if s.settings.Stop != nil {
				go s.settings.Stop()
			}
		},
	}
}

// answerJSON answers with one JSON value.
func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // whoever has gone needs no answer
}

// lockedError is what everybody gets while the agent is locked.
func lockedError() *agent.Error {
	return &agent.Error{Code: agent.Locked, Message: "it is locked", Advice: []string{"At the machine of the agent: entralogin agent unlock"}}
}
