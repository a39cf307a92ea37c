// Package signed answers a call early, as package early does, where the answer has a request with proof of possession: it
// is signed as soon as RSA is initialised, and before net/http and all that is large. A call for a bearer token has ended
// by then.
package signed

import (
	"encoding/json"
	"time"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/early"
	"github.com/entralogin/entralogin/plugin/pop"
)

// Question is what this call asks, as early.Question.
var Question = answer(early.Question, early.Pending)

// answer answers, or returns the question.
func answer(q route.Question, f route.Found) route.Question {
	content, ok := f.ReadKey()
	if !ok {
		return q
	}
	var file struct {
		JWK json.RawMessage `json:"jwk"`
	}
	if json.Unmarshal(content, &file) != nil {
		return q
	}
	key, err := pop.Parse(file.JWK)
	if err != nil || !f.Bound(key.ID()) {
		return q
	}
	now := time.Now()
	request, err := key.Sign(f.Access, f.Cluster, now)
	if err != nil {
		return q
	}
	if content, ok := f.RenderSigned(request, now.Add(pop.Life)); ok {
		early.Write(content)
	}
	return q
}
