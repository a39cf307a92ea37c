package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// gitRun is the credential helper as git would run it, up to the point where it would do something.
type gitRun struct {
	*app
	place    git.Place
	username string // of git's configuration
	said     bytes.Buffer
}

// asHelper reads the arguments that stand in git's configuration as the helper does.
func (c *gitCheckup) asHelper(args []string) (*gitRun, error) {
	run := new(gitRun)
	run.app = &app{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &run.said, screen: c.screen, now: c.now, lookup: c.lookup}
	args = append(append([]string{gitCredential}, args...), "get")
	root := run.rootFor(args)
	root.SetArgs(args)
	cmd, _, err := root.Find(args)
	if err != nil {
		return nil, err
	}
	cmd.RunE = func(*cobra.Command, []string) error { return nil }
	if err := root.Execute(); err != nil {
		return nil, err
	}
	if run.flags == nil {
		return nil, usagef("they ask for help, not for a token")
	}
	run.verbose = 0 // what it says becomes findings
	return run, nil
}

// token looks at what the helper would do, and asks the host with the token that it would hand out.
func (c *gitCheckup) token(ctx context.Context, t gitcheck.Target, run *gitRun) {
	probe := gitcheck.Probe{Target: t, HTTPS: https.Options{Trace: c.trace}, Bearer: c.version.Bearer(), Now: c.now}
	c.stored(ctx, t, run, &probe)
	for line := range strings.Lines(run.said.String()) {
		f := gitcheck.Settings.Warn("%s", strings.TrimPrefix(strings.TrimSpace(line), prefix))
		if f.About = c.about; !slices.Contains(c.found, f) {
			c.add(f)
		}
	}
	c.add(probe.Check(ctx)...)
}

// stored settles what the helper would ask for, and looks for a token in the cache.
func (c *gitCheckup) stored(ctx context.Context, t gitcheck.Target, run *gitRun, probe *gitcheck.Probe) {
	s, config, err := run.settings()
	if err != nil {
		c.add(c.findingOf(gitcheck.Settings, err))
		return
	}
	s, run.place = s.forHost(config, run.place)
	st, err := run.store(s)
	if err != nil {
		c.add(c.findingOf(gitcheck.Settings, err))
		return
	}
	st.Locate()
	if probe.Tenant = c.tenant(ctx, run, s, st); probe.Tenant == "" {
		return
	}
	r, err := c.request(ctx, t, run, s, config, probe.Tenant)
	if err != nil {
		c.add(c.findingOf(gitcheck.Settings, err))
		return
	}
	probe.Resource = authority.Resource(r.Scopes)
	token, found := stored{app: run.app, topic: gitcheck.Token, caller: "git", answer: "the helper"}.look(st, r)
	c.add(found...)
	if token.Value.IsZero() {
		return
	}
	read, err := claims.Read(token.Value)
	if err != nil {
		c.add(gitcheck.Token.Unchecked("what stands in the token: it is %v", err))
	} else {
		c.add(gitcheck.CheckClaims(read, probe.Resource, c.now())...)
	}
	if token.Fresh(c.now()) {
		probe.Token, probe.Claims, probe.Account = token.Value, read, token.Account
	}
}

// tenant says which tenant the helper would go to, and who says so. Nothing of it is remembered.
func (c *gitCheckup) tenant(ctx context.Context, run *gitRun, s settings, st *cache.Store) string {
	if id, ok := run.flags[tenantID]; ok {
		c.add(gitcheck.Tenant.Good("the tenant is %s (--%s)", text.Short(id, 120), tenantID))
		return id
	}
	recall := func(organization string) string {
		if st.Dir == "" || open(st.Dir) != "" {
			return ""
		}
		id, _ := st.Organization(organizationURL(organization))
		return id
	}
	otherwise, _ := s.get(tenantID)
	tenants := git.Tenants{HTTPS: https.Options{Trace: c.trace}, Recall: recall, Default: otherwise,
		Note: func(format string, arguments ...any) { c.add(gitcheck.Tenant.Warn(format, arguments...)) }}
	t, err := tenants.Of(ctx, run.place, nil)
	if err != nil {
		c.add(c.findingOf(gitcheck.Tenant, err))
		return ""
	}
	of := run.place.Host
	if run.place.Organization != "" {
		of = "the organization " + run.place.Organization
	}
	c.add(gitcheck.Tenant.Good("the tenant of %s is %s, says %s", of, t.ID, t.Origin))
	return t.ID
}

// request settles what the helper would ask the cache for, and says what each setting is.
func (c *gitCheckup) request(ctx context.Context, t gitcheck.Target, run *gitRun, s settings, config *config, tenant string) (plugin.Request, error) {
	in := t.Input()
	if in.Username == "" {
		in.Username = run.username
	}
	var used settings
	helper := &git.Helper{Input: in, Place: run.place, Tenant: tenant, Now: c.now, Resolve: func(said map[string]string) (plugin.Request, error) {
		used = gitSettings(s, in, run.place, said)
		t, err := run.resolve(used, config)
		t.request.Scopes = strings.Fields(said[scope])
		return t.request, err
	}}
	r, err := helper.Request()
	if err != nil {
		return r, err
	}
	if r.Unattended == "" {
		r.Unattended = run.gitForbids(ctx)
	}
	say := func(what, value, origin string) {
		if value != "" {
			c.add(gitcheck.Settings.Good("%s is %s (%s)", what, text.Short(value, 200), origin))
		}
	}
	_, where := used.get(clientID)
	say("the sign-in service", r.Authority, authorityOrigin(used))
	say(clientID, r.Client, where)
	_, where = used.get(account)
	say(account, r.Account, where)
	say(scope, strings.Join(r.Scopes, " "), "for "+run.place.Host)
	if r.Unattended != "" {
		c.add(gitcheck.Settings.Good("nobody is asked for a sign-in (%s)", r.Unattended))
	}
	return r, nil
}

// authorityOrigin says where the sign-in service stands.
func authorityOrigin(s settings) string {
	for _, l := range s {
		for _, name := range []string{authorityHost, environment} {
			if _, origin, ok := l.get(name); ok {
				return origin
			}
		}
	}
	return "default"
}
