package doctorcmd

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// accounts says who has signed in, and whom a call by hand would use.
func (c *call) accounts(context.Context) []check.Finding {
	var found []check.Finding
	if c.complete {
		found = append(found, c.whose())
	}
	for _, s := range c.sessions {
		if s.err != nil {
			continue // said by storage
		}
		accounts, _ := s.Accounts()
		for _, a := range accounts {
			when := ""
			if at := s.SignedIn(a.HomeID); !at.IsZero() {
				when = ", " + text.Span(c.f.Now().Sub(at)) + " ago"
			}
			found = append(found, aboutAccounts.Good("%s has signed in%s (%s)", text.Short(a.Username, 120), when, cli.DescribeSession(s.id)))
		}
	}
	if c.readable {
		found = append(found, azureLogins(c.store)...)
	}
	if len(c.sessions) == 0 && !c.complete && c.target.Machine == "" {
		found = append(found, aboutAccounts.Warn("nobody has signed in yet").Or("once the settings are whole: %s", c.login()))
	}
	return found
}

// azureLogins says what az login was given, and whether a secret is stored for it.
func azureLogins(st *cache.Store) []check.Finding {
	p, err := cache.ReadAzureProfile(st)
	if err != nil {
		return []check.Finding{aboutAccounts.Warn("what az login was given can't be read: %v", err).Or("run az login again, or az logout")}
	}
	var found []check.Finding
	for _, l := range p.Logins {
		kept := "nothing secret of it is kept"
		if !l.Secret.IsZero() {
			kept = "its " + map[string]string{cache.AzureSecret: "secret", cache.AzureAssertion: "federated token"}[l.Kind] + " is kept"
		}
		found = append(found, aboutAccounts.Good("az login was given %s, for calls as az (tenant %s): %s, and az logout removes it",
			plugin.DescribeMachine(l.Key()), text.Short(l.Tenant, 80), kept))
	}
	return found
}

// whose says which account a call by hand would use.
func (c *call) whose() check.Finding {
	r := c.target.Request
	if !r.Person() {
		return aboutAccounts.Good("calls with these settings sign in as %s (--%s %s): nobody is asked, and no account is needed",
			plugin.DescribeMachine(r.Key), config.Login, c.target.Machine)
	}
	session, err := c.store.Session(r.SessionID)
	if err != nil {
		f := c.fail(aboutAccounts, err)
		f.Level, f.Class = check.Warning, ""
		return f
	}
	chosen, why, err := plugin.ExplainAccount(session, r.Account, r.Tenant)
	var several *plugin.AccountsError
	x := c.f.Explainer()
	err = plugin.WithOthers(c.store, r.SessionID, err)
	switch {
	case err == nil:
		return aboutAccounts.Good("calls with these settings use %s: %s", text.Short(chosen.Username, 120), cli.DescribeWhy(why, c.target))
	case errors.As(err, &several):
		return aboutAccounts.Warn("%v", several).Or("name one with --%s; or choose one for calls that name none: %s", config.Account, x.SetCommand(r.SessionID))
	case r.Unattended != "":
		return aboutAccounts.Fail(failure.SignIn, "a sign-in is needed (%v), and nobody can be asked here (%s)", err, r.Unattended).Or("%s", x.LoginFor(c.store, r))
	}
	return aboutAccounts.Warn("calls with these settings will ask for a sign-in (%v)", err).Or("to sign in beforehand: %s", x.LoginFor(c.store, r))
}

// tokens says of each stored token what it is good for.
func (c *call) tokens(context.Context) []check.Finding {
	var found []check.Finding
	for _, s := range c.sessions {
		if s.err != nil {
			continue // said by storage
		}
		tokens, err := c.store.TokensOf(s.id)
		if err != nil {
			found = append(found, c.fail(aboutTokens, err))
		}
		for _, t := range tokens {
			found = append(found, checkToken(t, c.f.Now())...)
		}
	}
	if !c.readable {
		return found
	}
	machines, err := cache.MachineTokens(c.store)
	if err != nil {
		found = append(found, c.fail(aboutTokens, err))
	}
	for _, t := range machines {
		found = append(found, checkToken(t, c.f.Now())...)
	}
	return found
}

const (
	clockSlack     = time.Minute // apart, before it is worth a word
	clockTolerance = 5 * time.Minute
)

// checkToken says whose a token is, for what, until when, and whether it names all groups.
func checkToken(t cache.Stored, now time.Time) []check.Finding {
	what := "the access token for " + text.Short(strings.Join(t.Key.Scopes, " "), 160)
	switch t.Key.Kind {
	case cache.ID:
		what = "the ID token"
	case cache.Registry:
		what = "the token of the registry " + text.Short(strings.TrimPrefix(strings.Join(t.Key.Scopes, " "), "https://"), 160)
	}
	what += " of " + cmp.Or(plugin.MachineName(t.Key), text.Short(t.Token.Account, 120)) + " (tenant " + text.Short(t.Key.Tenant, 80) + ")"
	ends := "is fresh, and ends in " + text.Span(t.Token.Until().Sub(now))
	switch {
	case t.Token.Obtained.After(now.Add(clockSlack)):
		return []check.Finding{aboutTokens.Warn("%s was obtained at a time that has not come yet: this machine's clock was turned back", what).Or(check.ClockRemedy)}
	case !t.Token.Valid(now):
		ends = "has ended: the next call renews it"
	case !t.Token.Fresh(now):
		ends = "is about to end: the next call renews it"
	}
	read, err := claims.Read(t.Token.Value)
	if err != nil {
		return []check.Finding{aboutTokens.Good("%s %s; its claims are not for us to read", what, ends)}
	}
	found := []check.Finding{aboutTokens.Good("%s %s; its audience is %s", what, ends, text.Redact(strings.Join(read.Audience, ", "), 160))}
	if off := read.Expires.Sub(t.Token.Expires); t.Key.Kind == cache.Access && !read.Expires.IsZero() && off.Abs() > clockTolerance {
		found = append(found, aboutTokens.Warn("%s says another end of itself than the service did when it issued it: one of two clocks was wrong by %s", what, text.Span(off.Abs())).Or(check.ClockRemedy))
	}
	if read.Overage {
		found = append(found, aboutTokens.Warn("%s does not name the groups of the person: they are more than 200, and a resource that goes by groups sees none", what).
			Or("have the groups that matter assigned to the application, and only those sent (entralogin help oidc)"))
	}
	return found
}
