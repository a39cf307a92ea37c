package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// graph asks Graph who it thinks has signed in, with a token that is stored: one request. Where nobody uses it,
// nobody is asked, unless the part was named.
func (d *doctor) graph(ctx context.Context, named bool) {
	if !d.call.known {
		d.add(aboutGraph.Unchecked("Graph, since the settings do not say which sign-in service is meant"))
		return
	}
	auth := d.call.authority
	if len(auth.Graph) == 0 {
		d.add(aboutGraph.Good("no Graph is known of the sign-in service %s (graph: of its entry in authorities:)", auth.Host))
		return
	}
	token, stale := d.graphToken()
	switch {
	case token.Value.IsZero() && !named && stale:
		d.add(aboutGraph.Good("the stored token for Graph is stale: the next entralogin graph me renews it, and Graph is not asked now"))
		return
	case token.Value.IsZero() && !named:
		d.add(aboutGraph.Good("no token for Graph is stored, and Graph is not asked"))
		return
	case token.Value.IsZero():
		d.add(aboutGraph.Unchecked("what Graph says to a token: there is none at hand that is fresh").Or("entralogin graph me gets one"))
	}
	origin := auth.Graph[0]
	for _, other := range auth.Graph {
		if !token.Value.IsZero() && forOrigin(token, other) {
			origin = other
		}
	}
	host := strings.TrimPrefix(origin, "https://")
	roots, err := https.Roots(auth.CAFile)
	if err != nil {
		d.fail(aboutGraph, err)
		return
	}
	r, err := get(ctx, https.Options{Roots: roots}, origin+graph.MePath, token.Value.Reveal())
	if err != nil {
		d.unreached(aboutGraph, host, err)
		return
	}
	d.graphAnswer(r, host, token.Token)
}

// graphAnswer says what an answer of Graph means.
func (d *doctor) graphAnswer(r check.Reply, host string, token cache.Token) {
	var me struct {
		Name string `json:"userPrincipalName"`
		ID   string `json:"id"`
	}
	if f, busy := aboutGraph.Busy(host, r.Status); busy {
		d.add(f)
		return
	}
	whose := text.Short(token.Account, 120)
	err := json.Unmarshal(r.Body, &me)
	switch {
	case r.Status == http.StatusOK && err == nil && me.ID != "":
		d.add(aboutGraph.Good("%s accepts the token of %s, and calls the account %s", host, whose, text.Redact(me.Name, 120)))
	case r.Status == http.StatusUnauthorized && token.Value.IsZero():
		d.add(aboutGraph.Good("%s is reached and wants a token", host))
	case r.Status == http.StatusUnauthorized:
		d.add(aboutGraph.Fail(failure.Refused, "%s refuses the token of %s (401)", host, whose).
			Or("run entralogin graph me: it asks anew where the service wants that, and says why it is refused"))
	case r.Status == http.StatusForbidden:
		d.add(aboutGraph.Fail(failure.Refused, "%s takes the token of %s and does not show it the profile (403): the permission User.Read is missing, or a policy forbids it", host, whose).
			Or("give the application the delegated permission User.Read (entralogin help application)"))
	default:
		d.add(aboutGraph.Fail(failure.Answer, "%s answered %d, and not as Graph does", host, r.Status).Or("does a proxy, or a sign-in page of the network, stand in the way?"))
	}
}

// storedToken is a token with the scopes that it was asked for with.
type storedToken struct {
	cache.Token
	scopes []string
}

func forOrigin(t storedToken, origin string) bool {
	return len(t.scopes) > 0 && strings.HasPrefix(strings.ToLower(t.scopes[0]), strings.ToLower(origin)+"/")
}

// graphToken is a fresh token for Graph of the session that the settings mean. stale says that there is one, but
// not a fresh one.
func (d *doctor) graphToken() (found storedToken, stale bool) {
	st := d.call.account.store
	if !d.call.complete || st.Dir == "" || open(st.Dir) != "" {
		return found, false
	}
	tokens, err := st.TokensOf(d.call.account.request.SessionID)
	if err != nil {
		return found, false
	}
	for _, t := range tokens {
		one := storedToken{t.Token, t.Key.Scopes}
		for _, origin := range d.call.authority.Graph {
			switch {
			case t.Key.Kind != cache.Access || !forOrigin(one, origin):
			case t.Token.Fresh(d.now()):
				return one, false
			default:
				stale = true
			}
		}
	}
	return found, stale
}
