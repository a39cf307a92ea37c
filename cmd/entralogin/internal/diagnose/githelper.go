package diagnose

import (
	"context"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/text"
)

// findTenant says which tenant the helper would go to, and who says so. Nothing of it is remembered.
func (t *gitTarget) findTenant(ctx context.Context) []check.Finding {
	in := t.Input()
	if in.Username == "" {
		in.Username = t.username
	}
	var err error
	if t.call, err = calls.FindGit(ctx, t.f, t.given, in); err != nil {
		return t.failed(check.Settings, err, nil)
	}
	t.place = t.call.Place
	s, err := t.call.Settings(t.f)
	if err != nil {
		return t.failed(check.Settings, err, nil)
	}
	place, err := t.f.Config().Place(s.Settings)
	if err == nil {
		err = t.open(place)
	}
	if err != nil {
		return t.failed(check.Settings, err, s.Notes)
	}
	if id, ok := t.call.GivenTenant(); ok {
		t.request.Tenant = id
		return []check.Finding{gitcheck.Tenant.Good("the tenant is %s (--%s)", text.Short(id, 120), config.TenantID)}
	}
	return t.askTenant(ctx, s)
}

// askTenant finds the tenant as the helper does.
func (t *gitTarget) askTenant(ctx context.Context, s config.Settled) []check.Finding {
	remembered := ""
	if t.store.Dir != "" && t.store.OpenToOthers() == "" { // else reading it would mend something
		remembered, _ = t.store.Organization(calls.OrganizationURL(t.place.Organization))
	}
	named, err := t.call.FindTenant(ctx, t.f, s, remembered)
	if err != nil {
		return t.failed(gitcheck.Tenant, err, s.Notes)
	}
	t.request.Tenant = named.ID
	var found []check.Finding
	if named.Note != "" {
		found = gitcheck.Tenant.Notes([]string{named.Note})
	}
	of := t.place.Host
	if t.place.Organization != "" {
		of = "the organization " + t.place.Organization
	}
	return append(found, gitcheck.Tenant.Good("the tenant of %s is %s, says %s", of, named.ID, named.Origin))
}

// settle says what the helper would ask the cache for, and where each setting stands. The tenant has been said.
func (t *gitTarget) settle(ctx context.Context) []check.Finding {
	target, err := t.f.Config().Resolve(t.call.Call(t.request.Tenant))
	if err != nil {
		return t.failed(check.Settings, err, target.Notes)
	}
	t.request, t.target = target.Request, target
	t.request.Scopes = strings.Fields(t.place.Scope)
	if t.request.Unattended == "" {
		t.request.Unattended = calls.GitForbids(ctx)
	}
	return t.describe(target, func(names ...string) string {
		switch names[0] {
		case config.TenantID, config.TokenKind:
			return ""
		case config.Scope:
			return "for " + t.place.Host
		}
		return originOfAny(target, names...)
	})
}

// look looks for a token in the cache.
func (t *gitTarget) look(ctx context.Context) []check.Finding {
	return t.caller.look(ctx, func(c claims.Claims, asked cache.Key, again string) []check.Finding {
		return []check.Finding{gitcheck.CheckAudience(check.Token, c, asked, again)}
	})
}

// server asks the host, with the token that the helper would hand out.
func (t *gitTarget) server(ctx context.Context) []check.Finding {
	return gitcheck.Probe{Probe: t.probe(), Target: t.Target, Bearer: t.version.Bearer()}.Check(ctx)
}
