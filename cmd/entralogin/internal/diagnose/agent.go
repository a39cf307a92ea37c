package diagnose

import (
	"context"
	"iter"
	"os"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
)

// NextAgent is a call for which an agent elsewhere is asked: it may have somebody asked there.
const NextAgent plugin.Next = "agent"

// withAgent settles what an agent changes of p: a call for a person asks one before it makes a request or has somebody asked.
// The agent of this machine has what is stored here: it changes nothing, unless it is locked. None is asked for a token.
func (p Prospect) withAgent(ctx context.Context, f *cli.Factory, t config.Target, st *cache.Store) Prospect {
	if p.Next == plugin.NextSilent || !p.Request.Person() || p.Request.KeyID != "" {
		return p
	}
	places, _ := cli.AgentPlaces(f, t, st)
	if places == nil {
		return p
	}
	place, locked, ok := agentOf(ctx, f, places, p.Next == plugin.NextRenewal)
	switch {
	case !ok:
		return p
	case locked:
		return p.stopped(check.Token.Fail(failure.SignIn, "the agent of this machine is locked: it gives out nothing").Or("entralogin agent unlock"))
	case place.Own:
		return p
	}
	p.Next, p.Agent = NextAgent, place.String()
	return p
}

// agentOf is the agent at some places that a call asks. That of this machine is the one where it is locked, or has what the
// call needs; else the call goes on to the next one.
func agentOf(ctx context.Context, f *cli.Factory, places iter.Seq2[agent.Place, error], has bool) (place agent.Place, locked, ok bool) {
	for place, err := range places {
		if err != nil || !cli.AgentAnswers(ctx, f, place) {
			continue
		}
		if place.Own {
			said, _, err := agent.Control{Getenv: f.Getenv, UID: os.Geteuid()}.Status(ctx)
			locked = err == nil && said.Locked
		}
		if !place.Own || locked || has {
			return place, locked, true
		}
	}
	return agent.Place{}, false, false
}
