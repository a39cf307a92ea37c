package plugin

import (
	"context"
	"errors"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// An agent has the sessions of a person elsewhere: in another process, or on the machine from which they came. What it gives is
// handed on, and not kept: neither the token, nor that it is due, nor how the call was answered.

// askAgentFirst asks the agent where it comes before what is stored. Errors: those of askAgent.
func (c *Cached) askAgentFirst(ctx context.Context, r Request) (cache.Token, error) {
	if !c.AgentFirst || !c.asksAgent(r) {
		return cache.Token{}, ErrNoAgent
	}
	ctx, done := c.beforeWait(ctx)
	defer done()
	return c.askAgent(ctx, r)
}

// askAgentSecond asks the agent where nothing that is stored is fresh. Errors: those of askAgent.
func (c *Cached) askAgentSecond(ctx context.Context, r Request) (cache.Token, error) {
	if c.AgentFirst || !c.asksAgent(r) {
		return cache.Token{}, ErrNoAgent
	}
	if r.Unattended == "" {
		r.Unattended = c.forbids(ctx) // the agent may have somebody asked
	}
	return c.askAgent(ctx, r)
}

// forbids says why nobody may be asked, as Forbidden does, which is called once.
func (c *Cached) forbids(ctx context.Context) string {
	if c.Forbidden != nil && !c.knows {
		c.knows, c.why = true, c.Forbidden(ctx)
	}
	return c.why
}

// asksAgent reports whether r is a matter for an agent: it has the sessions of people, and no key of this machine.
func (c *Cached) asksAgent(r Request) bool { return c.Agent != nil && r.Person() && r.KeyID == "" }

// askAgent asks the agent, once it is permitted. Errors: ErrNoAgent, where none serves the request, and those of Agent.
func (c *Cached) askAgent(ctx context.Context, r Request) (cache.Token, error) {
	t, err := c.Agent.Token(ctx, r)
	switch {
	case errors.Is(err, ErrNoAgent):
		return cache.Token{}, err
	case err != nil:
		c.explain("%v", err)
		return cache.Token{}, err
	}
	c.explain("the agent gave a token, it ends at %s", t.Expires.Local().Format(time.TimeOnly))
	c.given = t.Value
	return t, nil
}
