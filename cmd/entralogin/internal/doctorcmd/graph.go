package doctorcmd

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/text"
)

// graphCall asks Graph who it thinks has signed in, with a token that is stored: one request. Where nobody uses it,
// nobody is asked, unless the part was named.
type graphCall struct{ *call }

func (c graphCall) checks() []check.Check {
	return []check.Check{{Topic: aboutGraph, Title: "Graph", Limit: limit, Run: c.ask}}
}

func (c graphCall) ask(ctx context.Context) []check.Finding {
	var found []check.Finding
	origin, token, stale := c.token()
	switch {
	case c.target.Machine != "":
		return []check.Finding{aboutGraph.Good("calls with these settings sign in without a person: whose profile Graph could show is not asked")}
	case !c.known:
		return []check.Finding{aboutGraph.Unchecked("Graph, since the settings do not say which sign-in service is meant")}
	case len(c.authority.Graph) == 0:
		return []check.Finding{aboutGraph.Good("no Graph is known of the sign-in service %s (graph: of its entry in authorities:)", c.authority.Host)}
	case !token.Value.IsZero():
	case c.named:
		origin = c.authority.Graph[0]
		found = append(found, aboutGraph.Unchecked("what Graph says to a token: there is none at hand that is fresh").Or("to get one: %s", c.again()))
	case stale:
		return []check.Finding{aboutGraph.Good("the stored token for Graph is stale: the next call renews it, and Graph is not asked now")}
	default:
		return []check.Finding{aboutGraph.Good("no token for Graph is stored, and Graph is not asked")}
	}
	r, err := c.call.ask(ctx, origin+graph.MePath, token.Value)
	if err != nil {
		return append(found, c.unreached(aboutGraph, err))
	}
	return append(found, judgeMe(r, strings.TrimPrefix(origin, "https://"), token, c.again()))
}

// token is a fresh token of the session that the settings mean, with the origin of the Graph that it is for.
// stale says that there is one, but not a fresh one.
func (c graphCall) token() (origin string, token cache.Token, stale bool) {
	if !c.complete || !c.readable {
		return "", token, false
	}
	tokens, _ := c.store.TokensOf(c.target.Request.SessionID)
	for _, t := range tokens {
		for _, origin := range c.authority.Graph {
			scope := strings.ToLower(strings.Join(t.Key.Scopes, " "))
			switch {
			case t.Key.Kind != cache.Access || !strings.HasPrefix(scope, strings.ToLower(origin)+"/"):
			case t.Token.Fresh(c.f.Now()):
				return origin, t.Token, false
			default:
				stale = true
			}
		}
	}
	return "", token, stale
}

// again is the command that asks Graph, with a sign-in where one is needed.
func (c graphCall) again() string {
	return c.f.Explainer().CallCommand(c.target.Request, "graph", "me")
}

// judgeMe says what an answer of Graph means. The command again asks it anew.
func judgeMe(r check.Reply, host string, token cache.Token, again string) check.Finding {
	var me struct {
		Name string `json:"userPrincipalName"`
		ID   string `json:"id"`
	}
	if f, busy := aboutGraph.Busy(host, r.Status); busy {
		return f
	}
	whose := text.Short(token.Account, 120)
	err := json.Unmarshal(r.Body, &me)
	switch {
	case r.Status == http.StatusOK && err == nil && me.ID != "":
		return aboutGraph.Good("%s accepts the token of %s, and calls the account %s", host, whose, text.Redact(me.Name, 120))
	case r.Status == http.StatusUnauthorized && token.Value.IsZero():
		return aboutGraph.Good("%s is reached and wants a token", host)
	case r.Status == http.StatusUnauthorized:
		return aboutGraph.Fail(failure.Refused, "%s refuses the token of %s (401)", host, whose).
			Or("a new token may do, and why it is refused is said there: %s", again)
	case r.Status == http.StatusForbidden:
		return aboutGraph.Fail(failure.Refused, "%s takes the token of %s and does not show it the profile (403): the permission User.Read is missing, or a policy forbids it", host, whose).
			Or("give the application the delegated permission User.Read (entralogin help application)")
	}
	return aboutGraph.Fail(failure.Answer, "%s answered %d, and not as Graph does", host, r.Status).Or("does a proxy, or a sign-in page of the network, stand in the way?")
}
