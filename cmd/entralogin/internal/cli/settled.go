package cli

import (
	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin"
)

// AnswerToken writes the answer of a call for a token, and keeps what the call came to for the next one like it, if
// it came from the cache alone and nothing was said. slots are what of the answer comes of the token.
func AnswerToken(f *Factory, tokens *plugin.Cached, r plugin.Request, t cache.Token, answer []byte, slots ...route.Slot) error {
	if err := f.Answer(answer); err != nil {
		return err
	}
	if f.Err.Said || f.Err.Verbose > 0 || !t.Fresh(f.Now()) {
		return nil
	}
	tokens.Store.KeepRoute(cache.Settled{Question: f.Question, Key: r.Key, Token: t, Answer: answer, Slots: slots})
	return nil
}
