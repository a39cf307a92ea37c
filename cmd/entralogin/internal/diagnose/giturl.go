package diagnose

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// gitTarget is a URL that is looked at: what a check has learned of it, the checks that need it go by.
type gitTarget struct {
	*Git
	gitcheck.Target
	caller
	place    git.Place
	given    map[string]string // the settings among the helper's arguments
	username string            // of git's configuration
	call     calls.Git
}

// checks are in the order in which git and the helper meet things.
func (t *gitTarget) checks() []check.Check {
	const address, helper, tenant, settings, token = gitcheck.Remote, gitcheck.Helper, gitcheck.Tenant, check.Settings, check.Token
	list := []check.Check{
		{Topic: address, Title: "the URL", Run: t.url},
		{Topic: helper, Title: "the helpers", Needs: []check.Topic{address}, Run: t.helpers},
		{Topic: tenant, Title: "the tenant", Needs: []check.Topic{address, helper}, Run: t.findTenant},
		{Topic: settings, Title: "the settings", Needs: []check.Topic{tenant}, Run: t.settle},
		{Topic: token, Title: "the token", Needs: []check.Topic{settings}, Run: t.look},
		{Topic: gitcheck.Server, Title: "the server", Needs: []check.Topic{address, helper}, Run: t.server},
	}
	for i := range list {
		list[i].About = t.URL()
	}
	return list
}

// url says whether the URL is one for entralogin, and what it tells itself.
func (t *gitTarget) url(context.Context) []check.Finding {
	place := git.Find(t.Input(), calls.GitHosts(t.file))
	if !place.Ours {
		why := place.Why
		if why == "" {
			why = "entralogin has no token for " + t.URL() + ", and leaves it to other helpers"
		}
		return []check.Finding{gitcheck.Remote.Fail(failure.Config, "%s", why).Or("%s", t.elsewhere(place)).Stop()}
	}
	t.place = place
	return t.Check(place)
}

// elsewhere says what to do about a URL that gets no token.
func (t *gitTarget) elsewhere(place git.Place) string {
	secure := t.Target
	secure.Scheme = "https"
	remote, _, _ := strings.Cut(t.Remote, " and ")
	switch {
	case t.Scheme == "http" && git.Find(secure.Input(), calls.GitHosts(t.file)).Ours && remote != "":
		return "to have git use https: " + remedy.Line("git", "remote", "set-url", remote, secure.URL())
	case t.Scheme == "http" && git.Find(secure.Input(), calls.GitHosts(t.file)).Ours:
		return "use https; to see what git gets there: " + remedy.Line("entralogin", "git", "check", secure.URL())
	case place.Why != "":
		return `give the host its scope, under hosts: in the config file ("entralogin help git")`
	case slices.Contains([]string{"github.com", "gitlab.com", "bitbucket.org", "codeberg.org"}, t.Host):
		return "it takes no tokens of Entra ID: have git ask the helper that signs in there, such as Git Credential Manager"
	}
	return `if it takes tokens of Entra ID, add it to hosts: in the config file ("entralogin help git"); else another helper has to answer git there`
}

// helpers looks at git's configuration for the URL, and settles what the helper would be run as.
func (t *gitTarget) helpers(ctx context.Context) []check.Finding {
	var found []check.Finding
	if t.has {
		found = t.configured(ctx)
	}
	if place := t.place; place.Host == git.AzureHosts()[0] && place.Organization == "" {
		found = append(found, gitcheck.Tenant.Unchecked("tenant, token and server: the URL names no organization").
			Or("name a repository: entralogin git check %s", t.Example()).Stop())
	}
	return found
}

func (t *gitTarget) configured(ctx context.Context) []check.Finding {
	place := t.place
	chain := gitcheck.EffectiveChain(t.variables, t.Target)
	_, atAll := t.file.Values[config.TenantID]
	own, found := chain.Check(t.Target, atAll || place.TenantID != "" || t.f.Getenv(config.Variable(config.TenantID)) != "")
	var program gitcheck.Program
	if own != nil {
		program, _ = gitcheck.ParseProgram(own.Value)
		found = append(found, gitcheck.CheckProgram(t.machine, t.execPath, program))
	}
	found = append(found, t.network(ctx)...)
	given, _, err := calls.ReadGitArgs(append(program.Args, "get"))
	if err != nil {
		return append(found, gitcheck.Helper.Fail(failure.Config, "git runs entralogin with arguments that it does not take: %s",
			text.Redact(err.Error(), 300)).Or("entralogin git setup").Stop())
	}
	t.given, t.explain.Flags = given, given
	if t.User == "" && chain.Username != "" {
		t.username = chain.Username
		found = append(found, gitcheck.CheckUsername(chain.Username, t.place))
	}
	return found
}

// network looks at how git goes to the host, beside how entralogin does.
func (t *gitTarget) network(ctx context.Context) []check.Finding {
	values, err := calls.GitValues(ctx, "--get-urlmatch", "http", t.matchURL())
	if err != nil {
		return nil
	}
	matched := gitcheck.ParseMatched(values)
	if remote, _, _ := strings.Cut(t.Remote, " and "); remote != "" {
		if all, err := calls.GitValues(ctx, "--get-all", "remote."+remote+".proxy"); err == nil && len(all) > 0 {
			matched["remote.proxy"] = all[len(all)-1]
		}
	}
	found := gitcheck.CheckNetwork(matched, t.f.Getenv, t.machine.System == "windows")
	proxy, err := https.ProxyFor(t.Host)
	return append(found, gitcheck.CheckWays(t.Host, gitcheck.GitWay(t.Host, matched, t.f.Env), gitcheck.OwnWay(proxy, err, t.f.Env))...)
}

// matchURL is the URL as git compares it with http.URL.*. A user that may be a token is left out: others can read what a
// program is run with.
func (t *gitTarget) matchURL() string {
	u := url.URL{Scheme: t.Scheme, Host: t.Host}
	if _, ok := text.UserName(t.User, t.place.Organization); ok {
		u.User = url.User(t.User)
	}
	return u.String() + "/" + t.Path
}
