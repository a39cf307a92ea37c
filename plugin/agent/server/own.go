package server

import (
	"errors"
	"net/http"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
)

// serveMain gives a token to a program of this person, in silence.
func (s *Server) serveMain(w http.ResponseWriter, r *http.Request) {
	out := &answer{w: w}
	asked, wrong := readRequest(w, r)
	if wrong == nil && !s.isOwnFolder(r) {
		wrong = refusal("it is for another cache folder")
	}
	if wrong == nil {
		wrong = s.giveOwn(r, out, asked)
	}
	if wrong != nil {
		out.fail(status(wrong), wrong)
	}
}

// isOwnFolder reports whether a request that comes of a route comes of one in the agent's own cache folder: see
// route.AgentHeader.
func (s *Server) isOwnFolder(r *http.Request) bool {
	folders := r.Header.Values(route.AgentHeader)
	return len(folders) == 0 || len(folders) == 1 && folders[0] == s.settings.Folder && s.settings.Folder != ""
}

func (s *Server) giveOwn(r *http.Request, out *answer, asked agent.Request) *agent.Error {
	line := agent.Entry{Host: ownPrograms, Resource: shortResource(asked.Scopes), Tenant: asked.Tenant, Account: asked.Account}
	if s.gate.isLocked() {
		return s.log.refuse(line, lockedError())
	}
	if _, ok := s.settings.Knows(asked.Authority); !ok {
		return s.log.refuse(line, &agent.Error{Code: agent.PersonNeeded, Message: "its settings don't know the sign-in service"})
	}
	got, err := s.flights.enough(r.Context(), asked)
	if err != nil {
		return s.log.refuse(line, ownError(err))
	}
	if s.gate.isLocked() { // since
		return s.log.refuse(line, lockedError())
	}
	line.Account, line.Outcome = got.token.Account, gave
	s.log.note(line)
	return out.give(got)
}

// ownError has the caller go on itself where a person is needed: to sign in, or to choose an account.
func ownError(err error) *agent.Error {
	e := failed(err)
	if _, several := errors.AsType[*plugin.AccountsError](err); several || needsPerson(err) {
		e.Code = agent.PersonNeeded
	}
	return e
}
