package calls

import (
	"context"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/artifacts"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

// Source settles what a token is for, and where it comes from. Errors: *config.Error, *text.FileError, *GitError,
// *git.TenantError, *cli.Advised.
func (g Git) Source(ctx context.Context, f *cli.Factory) (cli.Handed, error) {
	s, err := g.Settings(f)
	if err != nil {
		return cli.Handed{}, err
	}
	place, err := f.Config().Place(s.Settings) // what is ignored of it is said when the call is resolved
	if err != nil {
		return cli.Handed{}, err
	}
	st, err := f.Store(place)
	if err != nil {
		return cli.Handed{}, err
	}
	st.Locate()
	tenant, err := g.tenantOf(ctx, f, st, s)
	if err != nil {
		return cli.Handed{}, err
	}
	target, err := g.Target(f, tenant)
	if err != nil {
		return cli.Handed{}, err
	}
	tokens, err := f.Tokens(target)
	if err != nil {
		return cli.Handed{}, err
	}
	tokens.Forbidden, tokens.BeforeWait = GitForbids, g.BeforeWait
	return cli.Handed{Target: target, Request: target.Request, Tokens: tokens}, nil
}

// tenantOf finds the tenant. A flag spares the question, and so does a machine that has one.
func (g Git) tenantOf(ctx context.Context, f *cli.Factory, st *cache.Store, s config.Settled) (string, error) {
	if err := CheckRefusals(st, g.Place); err != nil {
		return "", err
	}
	if id, ok := g.GivenTenant(); ok {
		return id, nil
	}
	if id, ok := s.MachineTenant(); ok {
		return id, nil
	}
	organization := OrganizationURL(g.Place.Organization)
	remembered, _ := st.Organization(organization)
	t, err := g.FindTenant(ctx, f, s, remembered)
	if err != nil {
		return "", err
	}
	if t.Note != "" {
		f.Err.Say("%s", t.Note)
	}
	if t.New {
		f.Trace.Spoil() // a server may have been asked
		st.KeepOrganization(organization, t.ID)
	}
	f.Err.Explain(fmt.Sprintf("%s belongs to the tenant %s, says %s", g.Place.URL(), t.ID, t.Origin))
	return t.ID, nil
}

// FindFeed settles the call of a package manager that wants to sign in at a feed, which is ours. It is that of git for the
// organization, so that both share tenant, account and token. asker names the package manager: "pip". flags are the shared
// settings among the arguments, account is the user name that the package manager was told, if that can be one. Errors: those of FindGit.
func FindFeed(ctx context.Context, f *cli.Factory, flags map[string]string, feed artifacts.Feed, asker, account string) (Git, error) {
	in := git.Input{Protocol: "https", Host: "dev.azure.com", Path: feed.Organization, Username: account}
	if err := checkCacheDir(flags); err != nil {
		return Git{}, err
	}
	g, err := findGit(ctx, f, flags, in)
	g.asker = asker + ", for https://" + feed.Host
	if feed.Host == artifacts.Host && feed.Organization != "" {
		g.asker += "/" + feed.Organization
	}
	return g, err
}
