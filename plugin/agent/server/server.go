// Package server is the agent itself, without its sockets' places and without a way to sign in: who asks, what they may
// have, what the person said to that, and what was given out.
//
// A request goes through these, in this order:
//
//	serve.go      the connection: whose it is, how long it may take, how many there are
//	handler.go    the request's frame: path, method, host, size; a panic ends one request and not the agent
//	request.go    its body: one JSON object of known names, each once, of values that can be an address, a scope, an ID
//	own.go        of agent.sock alone: a token, or that the caller may sign in
//	forward.go    of forward.sock alone: what is not allowed, what was not granted
//	peer.go       of forward.sock alone: which host or program it is, by what this machine knows of it
//	allow.go      the person's lists: resources and tenants
//	grants.go     the person's answers: a yes and a no are remembered
//	questions.go  a question is asked once for all who wait for it, one at a time (turn.go)
//	budget.go     what another host may have the sign-in service asked for
//	tokens.go     Tokens, once for all who want the same; a sign-in at a time
//	ahead.go      tokens that are renewed before somebody has to wait for that
//	claim.go      what of a foreign program's words a person is shown
//	log.go        what was given out and what was refused
//	gate.go       whether anybody is served
//	control.go    lock, unlock, log, status, stop: of agent.sock alone
//
// agent.sock serves the person's own programs. It signs nobody in: whoever asks does that itself. forward.sock serves ssh
// and containers: what comes through it is foreign, whoever speaks there. It gives out access tokens of allowed resources
// after the person's yes, and nothing else; its words reach a person as claims alone (see Claim).
//
// No token is kept here: Tokens has them, so that a sign-out counts at once.
package server

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/authority"
)

// Tokens gives tokens of the person at this machine: in silence where signIn is false, else by a sign-in where one is
// needed, which is shown here. The Key is that under which it is kept. A fresh token that is kept costs no request, unless
// r has Renew or Claims. It is called by several goroutines. Errors: those of plugin.Cached.Token.
type Tokens func(ctx context.Context, r agent.Request, signIn bool) (cache.Key, cache.Token, error)

// Question is what the person is asked before a token leaves this machine. All of its text is clean.
type Question struct {
	Host     string // who asks, by what this machine knows of it: "build1 (ssh)"
	Resource string
	Tenant   string
	Account  string // "" where nobody has signed in yet
	Claims   string // who wants it in the words of the other side, which prove nothing; or ""
	SignIn   bool   // a yes begins a sign-in
}

// ErrCantAsk says that a way to ask can't reach a person: no terminal, no askpass program, no desktop.
var ErrCantAsk = errors.New("nobody can be asked")

// Confirmer asks the person. It is asked one question at a time. Errors: ErrCantAsk; any other one says that nobody
// answered, as that of the context does, which ends after agent.Attended.
type Confirmer interface {
	Confirm(ctx context.Context, q Question) (yes bool, err error)
}

// Policy says when the person is asked before a token leaves forward.sock. A sign-in is never begun without asking.
type Policy string

// The policies; "" is First.
const (
	Always Policy = "always"
	First  Policy = "first" // by this host, for this resource, tenant and account, since the agent was started
	Never  Policy = "never"
)

// Settings are what an agent needs to know. Tokens and Knows have to be there before it serves.
type Settings struct {
	Tokens  Tokens
	Confirm Confirmer // nil: nobody can be asked
	Policy  Policy
	Allow   Allow
	// Knows returns what the agent's own settings say of a host that people sign in at; false for any other.
	Knows func(host string) (authority.Authority, bool)
	// SignedIn reports whether somebody has signed in here with an application, by its client ID. It may be nil. Besides,
	// forward.sock takes those of AKS and of the Azure CLI.
	SignedIn func(client string) bool
	// Describe says who is at the other end of a connection of forward.sock. nil: DescribePeer.
	Describe func(net.Conn) (Peer, error)
	// Keys serves /v1/key/ID on agent.sock, while the agent is not locked. It may be nil.
	Keys http.Handler
	// Folder is the cache folder that Tokens has. Calls of other folders are not answered early: see route.AgentHeader.
	Folder string
	// Stop ends the agent, once it was answered that it does. It may be nil.
	Stop func()
	// Explain tells what was decided (-v), in clean words without a secret. It may be nil.
	Explain func(string)

	// stubbable for testing
	Now      func() time.Time                                   // nil: time.Now
	after    func(d time.Duration, f func()) (stop func() bool) // nil: time.AfterFunc
	headTime time.Duration                                      // 0: headerTime
	bodyTime time.Duration                                      // 0: agent.Patience
}

// whole are the settings with all defaults but those that say "it may be nil".
func (c Settings) whole() Settings {
	c.Policy = cmp.Or(c.Policy, First)
	c.headTime, c.bodyTime = cmp.Or(c.headTime, headerTime), cmp.Or(c.bodyTime, agent.Patience)
	if c.Describe == nil {
		c.Describe = DescribePeer
	}
	if c.Explain == nil {
		c.Explain = func(string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.after == nil {
		c.after = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	return c
}

// Server is an agent: New makes one. What it knows besides its settings is in memory alone.
type Server struct {
	settings  Settings
	gate      *gate
	log       *journal
	budget    *budget
	renewals  *renewals
	flights   *flights
	answers   *answers
	questions *questions
}

// New is an agent of these settings. It serves nobody before Serve.
func New(settings Settings) *Server {
	c := settings.whole()
	s := &Server{settings: c, gate: &gate{}, log: newJournal(c.Now), budget: newBudget(c.Now), answers: newAnswers(c)}
	s.renewals = newRenewals(c, s.gate)
	s.flights = newFlights(c, s.renewals)
	s.questions = newQuestions(c, s.gate, s.answers, s.flights)
	return s
}
