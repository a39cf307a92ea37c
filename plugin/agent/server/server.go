// Package server is the agent itself, without its sockets' places and without a way to sign in: who asks, what they may
// have, what the person said to that, and what was given out.
package server

import (
	"context"
	"errors"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/agent"
)

// Tokens gives tokens of the person at this machine: in silence where signIn is false, else by a sign-in where one is
// needed, which is shown here. The Key is that under which it is kept. Errors: those of plugin.Cached.Token.
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

// Confirmer asks the person. Errors: ErrCantAsk, that of the context.
type Confirmer interface {
	Confirm(ctx context.Context, q Question) (yes bool, err error)
}
