package plugin

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/https"
)

// agentFunc is an agent that counts how often it is asked.
type agentFunc struct {
	asked []Request
	give  func(Request) (cache.Token, error)
}

func (a *agentFunc) Token(_ context.Context, r Request) (cache.Token, error) {
	a.asked = append(a.asked, r)
	return a.give(r)
}

// withAgent is a bench with an agent that gives a token.
func withAgent(t *testing.T, first bool) (*bench, *agentFunc) {
	t.Helper()
	b := newBench(newDir(t))
	a := &agentFunc{give: func(Request) (cache.Token, error) { return token("of the agent", fresh, "alice"), nil }}
	b.Agent, b.AgentFirst = a, first
	return b, a
}

// A fresh token comes before the agent; the agent before a request and before a person, and before what is stored where it
// comes first. What it gives is kept nowhere.
func TestWhenTheAgentIsAsked(t *testing.T) {
	for _, c := range []struct {
		name  string
		first bool
		age   time.Duration // of what is stored; 0: nothing is, nobody has signed in
		want  string
		asked int
	}{
		{"fresh", false, fresh, "stored", 0}, {"stale", false, stale, "of the agent", 1}, {"expired", false, expired, "of the agent", 1},
		{"nothing", false, 0, "of the agent", 1}, {"first, fresh", true, fresh, "of the agent", 1}, {"first, nothing", true, 0, "of the agent", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, a := withAgent(t, c.first)
			r := testRequest("t1")
			if c.age != 0 {
				b.keepAlice(t)
				b.keep(t, r, c.age, "stored")
			}
			before := ""
			if c.age != 0 {
				before = snapshot(t, b.Store.Dir)
			}
			b.gets(t, r, c.want)
			if len(a.asked) != c.asked {
				t.Errorf("it was asked %d times", len(a.asked))
			}
			b.did(t, 0, 0, 0, 0)
			if c.age == 0 {
				if got := b.stored(t, r.Key); got != "" {
					t.Errorf("%q is stored", got)
				}
			} else if after := snapshot(t, b.Store.Dir); after != before {
				t.Errorf("something was written:\n%s%s", before, after)
			}
		})
	}
}

// Machines, and tokens that are bound to a key of this machine, are no matter for an agent.
func TestWhomTheAgentDoesNotServe(t *testing.T) {
	for _, first := range []bool{false, true} {
		machine, bound := testRequest("t1"), testRequest("t1")
		machine.Credential, bound.KeyID = "secret", "thumbprint"
		for _, r := range []Request{machine, bound} {
			b, a := withAgent(t, first)
			b.silent = func(context.Context, Request, cache.Session) (Grant, error) {
				return Grant{Token: token("by request", 0, "alice")}, nil
			}
			b.gets(t, r, "by request")
			if len(a.asked) > 0 {
				t.Errorf("it was asked for %+v", a.asked)
			}
		}
	}
}

// Where no agent serves, the call goes on as without one. Any other error ends it, unless the token at hand still serves.
func TestErrorsOfTheAgent(t *testing.T) {
	down := &https.NetworkError{Host: "the agent", Err: errors.New("silent")}
	for _, c := range []struct {
		name    string
		err     error
		age     time.Duration
		claims  string
		want    string // "" is the agent's error
		signIns int
		warned  int
	}{
		{"none serves, nobody signed in", fmt.Errorf("%w: locked out", ErrNoAgent), 0, "", "by sign-in", 1, 0},
		{"it fails, and nothing is stored", down, 0, "", "", 0, 0},
		{"it fails, and the stored token still serves", down, stale, "", "stored", 0, 1},
		{"it fails, and the stored token has ended", down, expired, "", "", 0, 0},
		{"it fails, and the stored token does not meet the claims", down, stale, `{"access_token":{}}`, "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, a := withAgent(t, false)
			a.give = func(Request) (cache.Token, error) { return cache.Token{}, c.err }
			r := testRequest("t1")
			r.Claims = c.claims
			if c.age != 0 {
				b.keep(t, r, c.age, "stored")
			}
			got, err := b.Token(t.Context(), r)
			if c.want == "" && !errors.Is(err, c.err) || c.want != "" && (err != nil || got.Value.Reveal() != c.want) {
				t.Errorf("got %q, %v", got.Value.Reveal(), err)
			}
			if b.signIns != c.signIns || len(b.warned) != c.warned || len(a.asked) != 1 {
				t.Errorf("%d sign-ins, %q, asked %d times", b.signIns, b.warned, len(a.asked))
			}
		})
	}
}

// The agent is told that nobody may be asked, also where that is known late; and is not asked where nothing may be sent.
func TestWhatTheAgentIsTold(t *testing.T) {
	b, a := withAgent(t, false)
	b.Forbidden = func(context.Context) string { return "the caller forbids it" }
	b.gets(t, testRequest("t1"), "of the agent")
	if len(a.asked) != 1 || a.asked[0].Unattended != "the caller forbids it" {
		t.Errorf("it was told %+v", a.asked)
	}
	refused := errors.New("the kubeconfig moved something")
	b.Permit = func() error { return refused }
	if _, err := b.Token(t.Context(), testRequest("t2")); !errors.Is(err, refused) || len(a.asked) != 1 {
		t.Errorf("%v, and it was asked %d times", err, len(a.asked))
	}
}

// The agent that has the key of what is stored is asked as that is read: what a call is permitted is not looked at for it.
func TestOwnAgentIsAskedAsTheCache(t *testing.T) {
	b, a := withAgent(t, true)
	b.Permit = func() error { return errors.New("the kubeconfig moved something") }
	b.Forbidden = func(context.Context) string { t.Error("it is looked for who forbids a question"); return "" }
	b.gets(t, testRequest("t1"), "of the agent")
	if len(a.asked) != 1 {
		t.Errorf("it was asked %d times", len(a.asked))
	}
}

// The agent renews what it gives: nobody here does so ahead of time. A signal ends the wait for it.
func TestAgentIsWaitedForAndRenews(t *testing.T) {
	for _, first := range []bool{false, true} {
		b, a := withAgent(t, first)
		due := token("due", 45*time.Minute, "alice")
		a.give = func(Request) (cache.Token, error) { return due, nil }
		begun, ended := 0, 0
		b.BeforeWait = func(ctx context.Context) (context.Context, func()) { begun++; return ctx, func() { ended++ } }
		r := testRequest("t1")
		got, err := b.Token(t.Context(), r)
		if err != nil || begun != 1 || ended != 1 {
			t.Errorf("%v, begun %d times, ended %d times", err, begun, ended)
		}
		if mine, err := b.ClaimAhead(r, got); mine || err != nil {
			t.Errorf("it is to be renewed here: %v", err)
		}
		if mine, err := b.ClaimAhead(r, token("another", 45*time.Minute, "alice")); !mine || err != nil {
			t.Errorf("a token that is due is not to be renewed: %v", err)
		}
	}
}
