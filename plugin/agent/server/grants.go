package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
)

// How long an answer that was no counts, so that a program which tries again does not nag: the person's, and that nobody
// gave one.
const (
	memoryOfNo     = 30 * time.Second
	memoryOfNobody = 5 * time.Minute
)

// A host may have so many questions open at a time, and after so many noes that count it is refused whatever it asks for:
// it chooses tenants and accounts freely.
const (
	mostOpen = 8
	mostNoes = 3
)

// grant is what a person says yes or no to. It goes by the resource and not by the scopes of it.
type grant struct{ host, id, authority, resource, tenant, account string }

// denial is a no, or that nobody answered.
type denial struct {
	until  time.Time
	answer answerOf
}

// answerOf is how a question ended.
type answerOf string

const (
	yes     answerOf = "yes"
	no      answerOf = "no"
	nobody  answerOf = "nobody answered"
	cantAsk answerOf = "nobody can be asked"
	dropped answerOf = "the question was withdrawn"
)

// openKey tells questions apart that are open: one with a sign-in is another one than one without.
type openKey struct {
	grant
	signIn bool
}

// question is one that is open, or waits for its turn to be asked.
type question struct {
	done    chan struct{}
	answer  answerOf
	cancel  context.CancelFunc
	waiting int // requests that wait for it
}

// isGranted reports whether the person said yes to g before, or need not.
func (s *Server) isGranted(g grant) bool {
	s.state.Lock()
	defer s.state.Unlock()
	return s.grants(g)
}

// grants is isGranted. The state is locked.
func (s *Server) grants(g grant) bool { return s.settings.Policy == Never || s.state.granted[g] }

// mayBeGranted reports whether the person said yes before to anything that g may turn out to be, once it is known whose
// token it is.
func (s *Server) mayBeGranted(g grant) bool {
	s.state.Lock()
	defer s.state.Unlock()
	if s.grants(g) {
		return true
	}
	for known := range s.state.granted {
		if g.account = known.account; g == known {
			return true
		}
	}
	return false
}

// denied returns the no that g meets, if one counts: to the same for any account, or too many of this host.
func (s *Server) denied(g grant) (denial, bool) {
	s.state.Lock()
	defer s.state.Unlock()
	return s.denies(g)
}

// denies is denied. The state is locked.
func (s *Server) denies(g grant) (denial, bool) {
	g.account = ""
	now := s.settings.Now()
	noes := 0
	var last denial
	for other, d := range s.state.denied {
		if !d.until.After(now) {
			delete(s.state.denied, other)
			continue
		}
		if other == g {
			return d, true
		}
		if other.host == g.host && other.id == g.id {
			noes++
			last = d
		}
	}
	return last, noes >= mostNoes
}

// allow notes a yes.
func (s *Server) allow(g grant) {
	s.state.Lock()
	defer s.state.Unlock()
	if s.state.granted == nil {
		s.state.granted = map[grant]bool{}
	}
	if s.settings.Policy == First {
		s.state.granted[g] = true
	}
}

// hasBegun reports whether the person has just said yes to a sign-in of g, which is under way or done: the yes is to that one
// alone.
func (s *Server) hasBegun(g grant) bool {
	s.state.Lock()
	defer s.state.Unlock()
	return s.began(g)
}

// began is hasBegun. The state is locked.
func (s *Server) began(g grant) bool {
	when, ok := s.state.begun[g]
	passed := s.settings.Now().Sub(when)
	return ok && s.settings.Policy != Always && passed >= 0 && passed < agent.Attended
}

// begin notes a yes to a sign-in.
func (s *Server) begin(g grant) {
	s.state.Lock()
	defer s.state.Unlock()
	if s.state.begun == nil {
		s.state.begun = map[grant]time.Time{}
	}
	s.state.begun[g] = s.settings.Now()
}

// deny notes a no.
func (s *Server) deny(g grant, a answerOf) {
	asked := g
	g.account = ""
	memory := memoryOfNo
	if a == nobody {
		memory = memoryOfNobody
	}
	until := s.settings.Now().Add(memory)
	s.state.Lock()
	defer s.state.Unlock()
	if s.state.denied == nil {
		s.state.denied = map[grant]denial{}
	}
	s.state.denied[g] = denial{until, a}
	delete(s.state.begun, asked)
}

// ask has the person asked q, once for all who wait for the same, and remembers the answer. It returns where ctx ends, and
// the question stays: the answer counts for the next request. Where the same host asks for a sign-in at the time, by a request
// of the same account, the answer to that is the answer.
func (s *Server) ask(ctx context.Context, g, asked grant, q Question) (answerOf, error) {
	s.state.Lock()
	if a, ok := s.answered(g, s.grants(g) || s.began(asked)); ok {
		s.state.Unlock()
		return a, nil
	}
	open := s.state.open[openKey{asked, true}]
	if open == nil {
		open = s.opened(openKey{g, false}, q)
	}
	open.join()
	s.state.Unlock()
	return s.await(ctx, open)
}

// answered is the answer to a question that was given since somebody looked. The state is locked.
func (s *Server) answered(g grant, isYes bool) (answerOf, bool) {
	if isYes {
		return yes, true
	}
	d, ok := s.denies(g)
	return d.answer, ok
}

// askSignIn is ask for a sign-in, which failed has found to be needed. Where failed knows nothing of a sign-in, that one is
// returned, and nobody is asked; else waits is called before the wait.
func (s *Server) askSignIn(ctx context.Context, g grant, failed *flight, id cache.SessionID, q Question, waits func()) (answerOf, *flight, error) {
	k := openKey{g, true}
	s.state.Lock()
	a, ok := s.answered(g, s.began(g))
	other := s.flights.signInSince(failed, id)
	if ok || other != nil && s.state.open[k] == nil {
		s.state.Unlock()
		if ok {
			other = nil
		}
		return a, other, nil
	}
	open := s.opened(k, q)
	open.join()
	s.state.Unlock()
	waits()
	a, err := s.await(ctx, open)
	return a, nil, err
}

// opened is the question that is open for k, or a new one; nil where the host has too many. The state is locked.
func (s *Server) opened(k openKey, q Question) *question {
	if open := s.state.open[k]; open != nil || s.openOf(k.grant) >= mostOpen {
		return open
	}
	ctx, cancel := context.WithCancel(context.Background())
	open := &question{done: make(chan struct{}), cancel: cancel}
	if s.state.open == nil {
		s.state.open = map[openKey]*question{}
	}
	s.state.open[k] = open
	go s.put(ctx, open, k, q)
	return open
}

// join notes one more that waits for the answer. The state is locked.
func (open *question) join() {
	if open != nil {
		open.waiting++
	}
}

// await waits for the answer of a question that was joined.
func (s *Server) await(ctx context.Context, open *question) (answerOf, error) {
	if open == nil {
		return dropped, nil
	}
	defer func() {
		s.state.Lock()
		open.waiting--
		s.state.Unlock()
	}()
	select {
	case <-open.done:
		return open.answer, nil
	case <-ctx.Done():
		return dropped, ctx.Err()
	}
}

// openOf counts the open questions of a host. The state is locked.
func (s *Server) openOf(g grant) (n int) {
	for k := range s.state.open {
		if k.host == g.host && k.id == g.id {
			n++
		}
	}
	return n
}

// put puts a question to the person, when it is its turn.
func (s *Server) put(ctx context.Context, open *question, k openKey, q Question) {
	defer open.cancel()
	a := dropped
	if s.state.questions.take(ctx) == nil {
		a = s.inTurn(ctx, open, k, q)
		s.state.questions.give()
	}
	s.state.Lock()
	open.answer = a
	if s.state.open[k] == open {
		delete(s.state.open, k)
	}
	s.state.Unlock()
	close(open.done)
}

// inTurn asks the person, and notes the answer. Where the noes to those who were asked before it answer this one, it is not
// asked any more: a host opens several at a time.
func (s *Server) inTurn(ctx context.Context, open *question, k openKey, q Question) answerOf {
	s.state.Lock()
	wanted := open.waiting > 0
	d, isDenied := s.denies(k.grant)
	s.state.Unlock()
	switch {
	case !wanted:
		return dropped
	case isDenied:
		return d.answer
	}
	a := s.answerTo(ctx, q)
	switch {
	case ctx.Err() != nil: // withdrawn: an answer that comes now is to no question
		return dropped
	case a == yes && k.signIn:
		s.begin(k.grant) // whose grant it is comes out with the sign-in
	case a == yes:
		s.allow(k.grant)
	case a == no, a == nobody:
		s.deny(k.grant, a)
	}
	return a
}

func (s *Server) answerTo(ctx context.Context, q Question) (a answerOf) {
	defer func() {
		if p := recover(); p != nil {
			a = cantAsk
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, agent.Attended)
	defer cancel()
	said, err := s.settings.Confirm.Confirm(ctx, q)
	switch {
	case errors.Is(err, ErrCantAsk):
		s.settings.Explain(fmt.Sprintf("the person can't be asked: %v", err))
		return cantAsk
	case err != nil, ctx.Err() != nil:
		return nobody
	case said:
		return yes
	}
	return no
}

// forgetQuestions withdraws what is open. The state is locked.
func (s *state) forgetQuestions() {
	for _, open := range s.open {
		open.cancel()
	}
	s.open = nil
}

// lower makes a grant of names that are the same in any case of letters.
func lower(g grant) grant {
	g.authority, g.resource, g.tenant, g.account = strings.ToLower(g.authority), strings.ToLower(g.resource), strings.ToLower(g.tenant), strings.ToLower(g.account)
	return g
}
