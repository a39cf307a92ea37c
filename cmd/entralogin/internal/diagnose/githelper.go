package diagnose

import (
	"context"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// explain is for errors that the helper would end with.
func (t *gitTarget) explain() cli.Explainer { return cli.Explainer{Getenv: t.f.Getenv, Flags: t.given} }

func (t *gitTarget) failed(topic check.Topic, err error, said []string) []check.Finding {
	return append([]check.Finding{FindingOf(t.explain(), topic, err).Stop()}, notes(gitcheck.Settings, said)...)
}

// findTenant says which tenant the helper would go to, and who says so. Nothing of it is remembered.
func (t *gitTarget) findTenant(ctx context.Context) []check.Finding {
	in := t.Input()
	if in.Username == "" {
		in.Username = t.username
	}
	var err error
	if t.call, err = calls.FindGit(t.f, t.given, in); err != nil {
		return t.failed(gitcheck.Settings, err, nil)
	}
	t.place = t.call.Place
	s, err := t.call.Settings(t.f)
	if err != nil {
		return t.failed(gitcheck.Settings, err, nil)
	}
	place, err := t.f.Config().Place(s.Settings)
	if err == nil {
		t.store, err = t.f.Store(place)
	}
	if err != nil {
		return t.failed(gitcheck.Settings, err, s.Notes)
	}
	t.store.Note = func(said string) { t.said = append(t.said, said) }
	t.store.Locate()
	if id, ok := t.call.GivenTenant(); ok {
		t.tenant = id
		return []check.Finding{gitcheck.Tenant.Good("the tenant is %s (--%s)", text.Short(id, 120), config.TenantID)}
	}
	return t.askTenant(ctx, s)
}

// askTenant finds the tenant as the helper does.
func (t *gitTarget) askTenant(ctx context.Context, s config.Settled) []check.Finding {
	var found []check.Finding
	otherwise, _ := s.Get(config.TenantID)
	tenants := git.Tenants{HTTPS: https.Options{Trace: t.f.Err.Trace}, Recall: t.recall, Default: otherwise,
		Note: func(format string, arguments ...any) {
			found = append(found, gitcheck.Tenant.Warn(format, arguments...))
		}}
	named, err := tenants.Of(ctx, t.place, nil)
	if err != nil {
		return append(found, t.failed(gitcheck.Tenant, err, s.Notes)...)
	}
	t.tenant = named.ID
	of := t.place.Host
	if t.place.Organization != "" {
		of = "the organization " + t.place.Organization
	}
	return append(found, gitcheck.Tenant.Good("the tenant of %s is %s, says %s", of, named.ID, named.Origin))
}

// recall is the tenant of an organization that is stored, "" where reading it would mend something.
func (t *gitTarget) recall(organization string) string {
	if t.store.Dir == "" || t.store.OpenToOthers() != "" {
		return ""
	}
	id, _ := t.store.Organization(calls.OrganizationURL(organization))
	return id
}

// settle says what the helper would ask the cache for, and where each setting stands.
func (t *gitTarget) settle(ctx context.Context) []check.Finding {
	target, err := t.f.Config().Resolve(t.call.Call(t.tenant))
	if err != nil {
		return t.failed(gitcheck.Settings, err, target.Notes)
	}
	r := target.Request
	r.Scopes = strings.Fields(t.place.Scope)
	if r.Unattended == "" {
		r.Unattended = calls.GitForbids(ctx)
	}
	t.request, t.resource = r, claims.Resource(r.Scopes)
	var found []check.Finding
	say := func(what, value, origin string) {
		if value != "" {
			found = append(found, gitcheck.Settings.Good("%s is %s (%s)", what, text.Short(value, 200), origin))
		}
	}
	_, where := target.Get(config.ClientID)
	say("the sign-in service", r.Authority, originOfAny(target, config.AuthorityHost, config.Environment))
	say(config.ClientID, r.Client, where)
	_, where = target.Get(config.Account)
	say(config.Account, r.Account, where)
	say(config.Scope, strings.Join(r.Scopes, " "), "for "+t.place.Host)
	if r.Unattended != "" {
		found = append(found, gitcheck.Settings.Good("nobody is asked for a sign-in (%s)", r.Unattended))
	}
	return append(found, notes(gitcheck.Settings, target.Notes)...)
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

// look looks for a token in the cache.
func (t *gitTarget) look(context.Context) []check.Finding {
	token, found := stored{explain: t.explain(), now: t.f.Now, topic: gitcheck.Token, caller: "git", answer: "the helper"}.look(t.store, t.request)
	t.token = token
	if !token.Value.IsZero() {
		read, err := claims.Read(token.Value)
		if err != nil {
			found = append(found, gitcheck.Token.Unchecked("what stands in the token: it is %v", err))
		} else {
			found = append(found, gitcheck.CheckClaims(read, t.resource, t.f.Now())...)
		}
	}
	return append(found, notes(gitcheck.Settings, t.said)...)
}

// server asks the host, with the token that the helper would hand out.
func (t *gitTarget) server(ctx context.Context) []check.Finding {
	probe := gitcheck.Probe{Target: t.Target, HTTPS: https.Options{Trace: t.f.Err.Trace}, Bearer: t.version.Bearer(), Tenant: t.tenant, Resource: t.resource, Now: t.f.Now}
	if t.token.Fresh(t.f.Now()) {
		probe.Token, probe.Account = t.token.Value, t.token.Account
		probe.Claims, _ = claims.Read(t.token.Value) // it has been said where they can't be read
	}
	return probe.Check(ctx)
}
