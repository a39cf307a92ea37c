package server

import (
	"encoding/json"
	"net/http"
	"os"

	"github.com/entralogin/entralogin/plugin/agent"
)

// Status says what the agent is like.
func (s *Server) Status() agent.Status {
	since, locked := s.gate.status()
	return agent.Status{PID: os.Getpid(), Locked: locked, Since: since, Confirm: string(s.settings.Policy), CanAsk: s.questions.canBeAsked(), Resources: s.settings.Allow.resources(),
		Tenants: s.settings.Allow.Tenants, Grants: s.answers.count(), Tokens: s.renewals.count()}
}

// Lock has both sockets refuse everybody, until Unlock. Questions that are open end without an answer.
func (s *Server) Lock() {
	s.gate.lock(true)
	s.questions.withdraw()
	s.log.note(agent.Entry{Host: ownPrograms, Outcome: "locked"})
}

// Unlock ends Lock. What was granted before counts again.
func (s *Server) Unlock() {
	s.gate.lock(false)
	s.log.note(agent.Entry{Host: ownPrograms, Outcome: "unlocked"})
}

// Drop forgets what the person answered, and which tokens were to be renewed. Questions that are open end without an answer.
func (s *Server) Drop() {
	s.questions.withdraw()
	s.answers.forget()
	s.renewals.forget()
	s.log.note(agent.Entry{Host: ownPrograms, Outcome: "all grants dropped"})
}

// Log returns the log, the oldest line first.
func (s *Server) Log() []agent.Entry { return s.log.all() }

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
