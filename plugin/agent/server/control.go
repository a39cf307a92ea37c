package server

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
)

// The paths of agent.sock, besides agent.TokenPath: POST to lock, unlock and stop, GET for the log and the status. None has
// a body.
const (
	LockPath   = "/v1/lock"
	UnlockPath = "/v1/unlock"
	LogPath    = "/v1/log"
	StatusPath = "/v1/status"
	StopPath   = "/v1/stop"
	KeyPath    = "/v1/key/" // and the key's ID
)

// Status is what an agent says of itself.
type Status struct {
	Locked    bool      `json:"locked"`
	Since     time.Time `json:"since"` // when it began to serve
	Confirm   Policy    `json:"confirm"`
	CanAsk    bool      `json:"can_ask"` // it has a way to ask a person
	Resources []string  `json:"resources"`
	Tenants   []string  `json:"tenants,omitempty"` // none: all
	Grants    int       `json:"grants"`            // yeses that are remembered
	Tokens    int       `json:"tokens"`            // that are renewed ahead
}

// Status says what the agent is like.
func (s *Server) Status() Status {
	s.state.Lock()
	defer s.state.Unlock()
	return Status{Locked: s.state.locked, Since: s.state.since, Confirm: s.policy(), CanAsk: s.Confirm != nil, Resources: s.Allow.resources(),
		Tenants: s.Allow.Tenants, Grants: len(s.state.granted), Tokens: len(s.state.held)}
}

// Lock has both sockets refuse everybody, until Unlock. Questions that are open end without an answer.
func (s *Server) Lock() {
	s.state.Lock()
	s.state.locked = true
	s.state.forgetQuestions()
	s.state.Unlock()
	s.note(Entry{Host: ownPrograms, Outcome: "locked"})
}

// Unlock ends Lock. What was granted before counts again.
func (s *Server) Unlock() {
	s.state.Lock()
	s.state.locked = false
	s.state.Unlock()
	s.note(Entry{Host: ownPrograms, Outcome: "unlocked"})
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
	s.note(Entry{Host: ownPrograms, Outcome: "all grants dropped"})
}

// ownPrograms is whom agent.sock serves, in the log.
const ownPrograms = "this machine"

// Entry is a line of the log: what was given to whom, or why nothing was. It holds no token, and its text is clean.
type Entry struct {
	Time     time.Time `json:"time"`          // of the first one
	Last     time.Time `json:"last,omitzero"` // of the last one, where there were several
	Times    int       `json:"times"`         // so often within the hour after the first one
	Host     string    `json:"host"`          // "build1 (ssh)"; "this machine" for agent.sock
	Resource string    `json:"resource,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`
	Account  string    `json:"account,omitempty"`
	Outcome  string    `json:"outcome"` // "a token", "not allowed", "no (by the person)"
}

// What of the log stays: so many lines, of which the same ones of an hour are one.
const (
	mostEntries = 1000
	together    = time.Hour
)

// Log returns the log, the oldest line first.
func (s *Server) Log() []Entry {
	s.state.Lock()
	defer s.state.Unlock()
	return slices.Clone(s.state.log)
}

// note adds a line to the log.
func (s *Server) note(e Entry) {
	e.Time, e.Times = s.now(), 1
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
	if len(s.state.log) > mostEntries {
		i := leastMissed(s.state.log)
		s.state.log = slices.Delete(s.state.log, i, i+1)
	}
}

// leastMissed is the index of the line that goes where there are too many: the oldest one of the host that has the most, so
// that none can push out what is said of another one.
func leastMissed(log []Entry) int {
	lines := map[string]int{}
	most := ""
	for _, e := range log {
		if lines[e.Host]++; lines[e.Host] > lines[most] {
			most = e.Host
		}
	}
	return slices.IndexFunc(log, func(e Entry) bool { return e.Host == most })
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
		"POST " + LockPath:   done(s.Lock),
		"POST " + UnlockPath: done(s.Unlock),
		"GET " + LogPath:     func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, s.Log()) },
		"GET " + StatusPath:  func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, s.Status()) },
		"POST " + StopPath: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			if s.Stop != nil {
				go s.Stop() // the answer goes first, or the connection ends: either says that it stops
			}
		},
	}
}

// answerJSON answers with one JSON value.
func answerJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // whoever has gone needs no answer
}

// policy is Policy, with its default.
func (s *Server) policy() Policy {
	if s.Policy == "" {
		return First
	}
	return s.Policy
}

// lockedError is what everybody gets while the agent is locked.
func lockedError() *agent.Error {
	return &agent.Error{Code: agent.Locked, Message: "it is locked", Advice: []string{"At the machine of the agent: entralogin agent unlock"}}
}
