package main

import (
	"errors"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/text"
)

// accounts says who has signed in, which tokens are stored, and whom a call by hand would use.
func (d *doctor) accounts() {
	if d.call.settings == nil || d.closed {
		return // said by config, or by places
	}
	st, err := d.store(d.call.settings)
	if err != nil || st.Dir == "" {
		return // said by places
	}
	if st.Locate(); open(st.Dir) != "" {
		d.add(aboutAccounts.Unchecked("accounts and tokens: others can read what is stored"))
		return
	}
	if d.call.complete {
		d.whose(st)
	}
	ids, err := st.Holdings()
	if err != nil {
		d.fail(aboutAccounts, err)
	}
	for _, id := range ids {
		d.session(st, id)
	}
	if len(ids) == 0 && !d.call.complete {
		d.add(aboutAccounts.Warn("nobody has signed in yet").Or("entralogin login, once the settings are whole"))
	}
}

// whose says which account a call by hand would use.
func (d *doctor) whose(st *cache.Store) {
	r := d.call.account.request
	session, err := st.Session(r.SessionID)
	if err != nil {
		f := d.findingOf(aboutAccounts, err)
		f.Level, f.Class = check.Warning, ""
		d.add(f)
		return
	}
	chosen, why, err := plugin.ExplainAccount(session, r.Account, r.Tenant)
	var several *plugin.AccountsError
	switch {
	case err == nil:
		d.add(aboutAccounts.Good("calls with these settings use %s: %s", text.Short(chosen.Username, 120), d.call.account.because(why)))
	case errors.As(err, &several):
		d.add(aboutAccounts.Warn("%v", several).Or("%s; or name one with --%s", d.setWords(r.SessionID), account))
	case r.Unattended != "":
		d.add(aboutAccounts.Fail(check.SignIn, "a sign-in is needed (%v), and nobody can be asked here (%s)", err, r.Unattended).Or("%s", d.loginWords(r)))
	default:
		d.add(aboutAccounts.Warn("calls with these settings will ask for a sign-in (%v)", err).Or("%s signs in beforehand", d.loginWords(r)))
	}
}

// session says who is in a session, and what each of its tokens is good for.
func (d *doctor) session(st *cache.Store, id cache.SessionID) {
	session, err := st.Session(id)
	if err != nil {
		return // said by entries, or by keys
	}
	accounts, err := session.Accounts()
	if err != nil {
		return
	}
	for _, a := range accounts {
		when := ""
		if at := session.SignedIn(a.HomeID); !at.IsZero() {
			when = ", " + age(at, d.now())
		}
		d.add(aboutAccounts.Good("%s has signed in%s (%s)", text.Short(a.Username, 120), when, sessionWords(id)))
	}
	tokens, err := st.TokensOf(id)
	if err != nil {
		d.fail(aboutTokens, err)
	}
	for _, t := range tokens {
		d.add(d.token(t)...)
	}
}

// token says whose a token is, for what, until when, and whether it names all groups.
func (d *doctor) token(t cache.Stored) []check.Finding {
	what := "the access token for " + text.Short(strings.Join(t.Key.Scopes, " "), 160)
	if t.Key.Kind == cache.ID {
		what = "the ID token"
	}
	what += " of " + text.Short(t.Token.Account, 120) + " (tenant " + text.Short(t.Key.Tenant, 80) + ")"
	now := d.now()
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
