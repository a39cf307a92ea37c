package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
)

// mostOpen bounds how many questions a host may have open at a time.
const mostOpen = 8

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

// questions are those that are open. One is put to the person at a time.
type questions struct {
	confirm Confirmer // nil: nobody can be asked
	explain func(string)
	gate    *gate // while it is locked nobody is asked
	answers *answers
	flights *flights

	mu   sync.Mutex // taken before those of gate, answers and flights
	open map[openKey]*question

	turn turn
}

func newQuestions(c Settings, g *gate, as *answers, fs *flights) *questions {
	return &questions{confirm: c.Confirm, explain: c.Explain, gate: g, answers: as, flights: fs, open: map[openKey]*question{}}
}

// canBeAsked reports whether there is a way to ask the person.
func (qs *questions) canBeAsked() bool { return qs.confirm != nil }

// ask has the person asked q, once for all who wait for the same, and remembers the answer. It returns where ctx ends, and
// the question stays: the answer counts for the next request. Where the same host asks for a sign-in at the time, by a request
// of the same account, the answer to that is the answer.
func (qs *questions) ask(ctx context.Context, g, asked grant, q Question) (answerOf, error) {
	qs.mu.Lock()
	if a, ok := qs.orShut(qs.answers.toToken(g, asked)); ok {
		qs.mu.Unlock()
		return a, nil
	}
	open := qs.open[openKey{asked, true}]
	if open == nil {
		open = qs.opened(openKey{g, false}, q)
	}
	open.join()
	qs.mu.Unlock()
	return qs.await(ctx, open)
}

// askSignIn is ask for a sign-in, which failed has found to be needed. Where failed knows nothing of a sign-in, that one is
// returned, and nobody is asked; else waits is called before the wait.
func (qs *questions) askSignIn(ctx context.Context, g grant, failed *flight, id cache.SessionID, q Question, waits func()) (answerOf, *flight, error) {
	k := openKey{g, true}
	qs.mu.Lock()
	other := qs.flights.signInSince(failed, id) // first: an answer that comes between the two counts
	a, ok := qs.orShut(qs.answers.toSignIn(g))
	if ok || other != nil && qs.open[k] == nil {
		qs.mu.Unlock()
		if ok {
			other = nil
		}
		return a, other, nil
	}
	open := qs.opened(k, q)
	open.join()
	qs.mu.Unlock()
	waits()
	a, err := qs.await(ctx, open)
	return a, nil, err
}

// orShut is the answer that is known, if one is: while the agent is locked, that it is. A lock that comes later withdraws what is
// opened now. qs is locked.
func (qs *questions) orShut(a answerOf, known bool) (answerOf, bool) {
	if qs.gate.isLocked() {
		return shut, true
	}
	return a, known
}

// opened is the question that is open for k, or a new one; nil where the host has too many. qs is locked.
func (qs *questions) opened(k openKey, q Question) *question {
	if open := qs.open[k]; open != nil || qs.openOf(k.grant) >= mostOpen {
		return open
	}
	ctx, cancel := context.WithCancel(context.Background())
	open := &question{done: make(chan struct{}), cancel: cancel}
	qs.open[k] = open
	go qs.put(ctx, open, k, q)
	return open
}

// join notes one more that waits for the answer. The questions are locked.
func (open *question) join() {
	if open != nil {
		open.waiting++
	}
}

// await waits for the answer of a question that was joined.
func (qs *questions) await(ctx context.Context, open *question) (answerOf, error) {
	if open == nil {
		return dropped, nil
	}
	defer func() {
		qs.mu.Lock()
		open.waiting--
		qs.mu.Unlock()
	}()
	select {
	case <-open.done:
		return open.answer, nil
	case <-ctx.Done():
		return dropped, ctx.Err()
	}
}

// openOf counts the open questions of a host. qs is locked.
func (qs *questions) openOf(g grant) (n int) {
	for k := range qs.open {
		if k.host == g.host && k.id == g.id {
			n++
		}
	}
	return n
}

// put puts a question to the person, when it is its turn.
func (qs *questions) put(ctx context.Context, open *question, k openKey, q Question) {
	defer open.cancel()
	a := dropped
	if qs.turn.take(ctx) == nil {
		a = qs.inTurn(ctx, open, k, q)
		qs.turn.give()
	}
	qs.mu.Lock()
	open.answer = a
	if qs.open[k] == open {
		delete(qs.open, k)
	}
	qs.mu.Unlock()
	close(open.done)
}

// inTurn asks the person, and notes the answer. Where the noes to those who were asked before it answer this one, it is not
// asked any more: a host opens several at a time.
func (qs *questions) inTurn(ctx context.Context, open *question, k openKey, q Question) answerOf {
	qs.mu.Lock()
	wanted := open.waiting > 0
	d, isDenied := qs.answers.denied(k.grant)
	qs.mu.Unlock()
	switch {
	case !wanted:
		return dropped
	case isDenied:
		return d.answer
	}
	a := qs.answerTo(ctx, q)
	qs.mu.Lock() // withdraw comes before this or after it, and so does what forgets the answers
	defer qs.mu.Unlock()
	if ctx.Err() != nil { // withdrawn: an answer that comes now is to no question
		return dropped
	}
	qs.answers.note(k, a)
	return a
}

func (qs *questions) answerTo(ctx context.Context, q Question) (a answerOf) {
	defer func() {
		if p := recover(); p != nil {
			a = cantAsk
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, agent.Attended)
	defer cancel()
	said, err := qs.confirm.Confirm(ctx, q)
	switch {
	case errors.Is(err, ErrCantAsk):
		qs.explain(fmt.Sprintf("the person can't be asked: %v", err))
		return cantAsk
	case err != nil, ctx.Err() != nil:
		return nobody
	case said:
		return yes
	}
	return no
}

// withdraw ends what is open without an answer.
func (qs *questions) withdraw() {
	qs.mu.Lock()
	defer qs.mu.Unlock()
	for _, open := range qs.open {
		open.cancel()
	}
	clear(qs.open)
}
