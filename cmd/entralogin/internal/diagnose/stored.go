package diagnose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// caller looks at what kubectl or git would get, as the check of one call settles it.
type caller struct {
	f       *cli.Factory
	explain cli.Explainer // of the call
	name    string        // who would ask a person: "kubectl"
	answer  string        // who answers it: "get-token"

	target  config.Target // with the request, as far as it is settled
	request plugin.Request
	store   *cache.Store
	said    []string      // by the cache
	token   cache.Token   // that is stored and fresh, or zero
	claims  claims.Claims // of token
}

// failed makes findings of an error that the call would end with, and of what it would say before.
func (c *caller) failed(topic check.Topic, err error, said []string) []check.Finding {
	return append([]check.Finding{FindingOf(c.explain, topic, err).Stop()}, check.Settings.Notes(said)...)
}

// open opens the cache of a place.
func (c *caller) open(place config.Place) (err error) {
	if c.store, err = c.f.Store(place); err == nil {
		c.store.Note = func(said string) { c.said = append(c.said, said) }
		c.store.Locate()
	}
	return err
}

// describe says what each setting of the request is and where it stands.
func (c *caller) describe(t config.Target, where func(names ...string) string) []check.Finding {
	r := c.request
	login := ""
	if t.SignIn.Named {
		login = t.SignIn.Method
	}
	var found []check.Finding
	for _, s := range []struct{ what, value, origin string }{
		{"the sign-in service", r.Authority, where(config.AuthorityHost, config.Environment)},
		{config.TenantID, r.Tenant, where(config.TenantID)},
		{config.ClientID, r.Client, where(config.ClientID)},
		{config.Scope, strings.Join(r.Scopes, " "), where(config.Scope, config.ServerID)},
		{config.TokenKind, string(r.Kind), where(config.TokenKind)},
		{config.Account, r.Account, where(config.Account)},
		{config.Login, login, where(config.Login)},
	} {
		if s.value != "" && s.origin != "" {
			found = append(found, check.Settings.Good("%s is %s (%s)", s.what, text.Short(s.value, 200), s.origin))
		}
	}
	if r.Unattended != "" && r.Person() {
		found = append(found, check.Settings.Good("nobody is asked for a sign-in (%s)", r.Unattended))
	}
	return append(found, check.Settings.Notes(t.Notes)...)
}

// originOfAny says where the one of some settings stands that counts.
func originOfAny(t config.Target, names ...string) string {
	layer := t.FirstWith(names...)
	for _, name := range names {
		if value, origin := layer.Get(name); value != "" {
			return origin
		}
	}
	return "default"
}

// look says what is stored for the request, and what says of what stands in it. Nothing is read that reading would
// mend.
func (c *caller) look(ctx context.Context, says func(c claims.Claims, asked cache.Key, again string) []check.Finding) []check.Finding {
	if c.store.Dir == "" {
		return []check.Finding{check.Token.Warn("nothing can be stored: neither HOME nor XDG_CACHE_HOME is set, so each call asks for a sign-in")}
	}
	if file := c.store.OpenToOthers(); file != "" {
		return []check.Finding{check.Token.Unchecked("what is stored: others can read %s, and reading it would mend that", file).
			Or("to mend it: %s", c.explain.Command("cache", "list"))}
	}
	t, found := c.find(ctx)
	read, err := claims.Read(t.Value)
	switch {
	case t.Value.IsZero():
	case err != nil:
		found = append(found, check.Token.Unchecked("what stands in the token: it is %v", err))
	default:
		found = append(append(found, check.Token.Life(read, c.f.Now(), c.again(t))), says(read, c.request.Key, c.again(t))...)
	}
	if t.Fresh(c.f.Now()) {
		c.token, c.claims = t, read
	}
	return append(found, check.Settings.Notes(c.said)...)
}

// probe is what a server is asked with: the token that would be handed out, too.
func (c *caller) probe() check.Probe {
	return check.Probe{HTTPS: https.Options{Trace: c.f.Err.Trace}, Token: c.token.Value, Account: c.token.Account, Claims: c.claims, Asked: c.request.Key,
		SignIn: c.explain.LoginCommand(c.request), Again: c.again(c.token), Now: c.f.Now}
}

// again is the command that forgets the account of a token, and signs in anew.
func (c *caller) again(t cache.Token) string {
	if !c.request.Person() {
		return c.explain.LoginCommand(c.request) // which gets one anew
	}
	return c.explain.LogoutCommand(c.request.SessionID, cmp.Or(t.Account, c.request.Account)) + " && " + c.explain.LoginCommand(c.request)
}

// find says whether a token is stored, and whether one can be had without a person.
func (c *caller) find(ctx context.Context) (cache.Token, []check.Finding) {
	now := c.f.Now()
	t, err := c.store.Token(c.request.Key)
	whose := cmp.Or(text.Short(t.Account, 120), plugin.MachineName(c.request.Key))
	var f check.Finding
	switch {
	case err == nil && t.Fresh(now):
		return t, []check.Finding{check.Token.Good("a token of %s is stored and fresh for %s: %s answers with it", whose,
			text.Span(t.Until().Add(-t.Margin()).Sub(now)), c.answer)}
	case err == nil:
		f = check.Token.Good("the stored token of %s is stale", whose)
	case errors.Is(err, cache.ErrNone):
		f = check.Token.Good("no token is stored")
	case errors.Is(err, cache.ErrCorrupt), errors.Is(err, cache.ErrKeyGone):
		f = check.Token.Warn("the stored token can't be used: %v", err)
	default:
		return t, []check.Finding{FindingOf(c.explain, check.Token, err)}
	}
	if !c.request.Person() {
		f.What += fmt.Sprintf(": %s gets one as %s, and asks nobody", c.answer, plugin.DescribeMachine(c.request.Key))
		return t, append([]check.Finding{f}, Machine(ctx, c.f, c.explain, check.Token, c.target)...)
	}
	return t, []check.Finding{f, c.session(ctx)}
}

// session says whether a token can be had in silence.
func (c *caller) session(ctx context.Context) check.Finding {
	r := c.request
	session, err := c.store.Session(r.SessionID)
	if err != nil && !errors.Is(err, cache.ErrCorrupt) && !errors.Is(err, cache.ErrKeyGone) {
		return FindingOf(c.explain, check.Token, err)
	}
	chosen, why := plugin.ChooseAccount(session, r.Account, r.Tenant)
	p := Prospect{Request: r}
	if why == nil {
		p.Next = plugin.NextRenewal
	}
	switch p = p.withAgent(ctx, c.f, c.target, c.store); {
	case p.Found.Level != "":
		return p.Found
	case p.Next == NextAgent:
		return check.Token.Good("%s asks the agent at %s, which may have you asked where it runs", c.answer, p.Agent)
	case err != nil:
		why = fmt.Errorf("the session can't be used: %w", err)
	case why == nil:
		return check.Token.Good("%s has signed in: %s gets a token in silence, if the service still takes the session", text.Short(chosen.Username, 120), c.answer)
	case !errors.Is(why, plugin.ErrNobody):
		return FindingOf(c.explain, check.Token, why)
	}
	why = plugin.WithOthers(c.store, r.SessionID, why)
	if r.Unattended != "" {
		return check.Token.Fail(failure.SignIn, "a sign-in is needed (%v), and nobody can be asked here (%s)", why, r.Unattended).Or("%s", c.explain.LoginFor(c.store, r))
	}
	last, ok := c.store.SignIn(r.SignIn())
	if age := c.f.Now().Sub(last.When); ok && last.Failed != "" && age < plugin.MemoryUnattended {
		return check.Token.Warn("a sign-in is needed (%v); the last one failed %s ago (%s), so %s may fail at once for up to %s", why,
			text.Span(age), text.Short(last.Text, 200), c.name, text.Span((plugin.MemoryUnattended-age).Round(time.Second))).Or("%s", c.explain.LoginFor(c.store, r))
	}
	return check.Token.Warn("%s will ask for a sign-in (%v)", c.name, why).Or("to sign in beforehand: %s", c.explain.LoginFor(c.store, r))
}
