package cli

import (
	"cmp"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/detach"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/config"
)

// Handed is a token that a call hands out.
type Handed struct {
	Target    config.Target
	Request   plugin.Request
	Tokens    *plugin.Cached
	Token     cache.Token
	Signed    cache.Signed
	Transient bool // the answer is made of the token in a way that slots do not say, and is not kept
}

// AnswerToken writes the answer of a call for a token. Then, and not before, a process of its own is started to renew the
// token where that is due. What the call came to is kept for the next one like it, if it came from the cache alone and
// nothing was said. slots are what of the answer comes of the token.
func AnswerToken(f *Factory, h Handed, answer []byte, slots ...route.Slot) error {
	if err := f.Answer(answer); err != nil {
		return err
	}
	late := cmp.Or(h.Target.Late, detach.Unreaped())
	given := givenBy(h.Tokens)
	if given.Socket == "" && h.Token.Due(f.Now()) { // an agent renews its own
		renewAhead(f, h, late)
		if late == "" {
			return nil // such a call goes this way each time
		}
	}
	if h.Transient || f.Err.Said || !h.Token.Fresh(f.Now()) {
		return nil
	}
	h.Tokens.Store.KeepRoute(cache.Settled{Question: f.Question, Key: h.Request.Key, Token: h.Token, Answer: answer, Slots: slots, Ahead: late == "", Signed: h.Signed, Given: given})
	return nil
}

// givenBy is how the agent that has the key of what is stored gave the token, zero where it did not.
func givenBy(tokens *plugin.Cached) cache.Given {
	if c, ok := tokens.Agent.(*agent.Client); ok && tokens.AgentFirst {
		return c.Given()
	}
	return cache.Given{}
}
