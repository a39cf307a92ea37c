package main

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
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

// noted makes findings of what the helper has said on standard error since it was asked last.
func (run *gitRun) noted() []check.Finding {
	defer run.said.Reset()
	var found []check.Finding
	for line := range strings.Lines(run.said.String()) {
		found = append(found, gitcheck.Settings.Warn("%s", strings.TrimPrefix(strings.TrimSpace(line), prefix)))
	}
	return found
}

// findTenant says which tenant the helper would go to, and who says so. Nothing of it is remembered.
func (t *gitTarget) findTenant(ctx context.Context) []check.Finding {
	run := t.run
	failed := func(topic check.Topic, err error) []check.Finding {
		return append([]check.Finding{t.findingOf(topic, err).Stop()}, run.noted()...)
	}
	s, config, err := run.settings()
	if err != nil {
		return failed(gitcheck.Settings, err)
	}
	t.said = config
	t.set, run.place = s.forHost(config, run.place)
	st, err := run.store(t.set)
	if err != nil {
		return failed(gitcheck.Settings, err)
	}
	st.Locate()
	t.store = st
	if id, ok := run.flags[tenantID]; ok {
		t.tenant = id
		return []check.Finding{gitcheck.Tenant.Good("the tenant is %s (--%s)", text.Short(id, 120), tenantID)}
	}
	var found []check.Finding
	otherwise, _ := t.set.get(tenantID)
	tenants := git.Tenants{HTTPS: https.Options{Trace: t.trace}, Recall: t.recall, Default: otherwise,
		Note: func(format string, arguments ...any) {
			found = append(found, gitcheck.Tenant.Warn(format, arguments...))
		}}
	named, err := tenants.Of(ctx, run.place, nil)
	if err != nil {
		return append(found, failed(gitcheck.Tenant, err)...)
	}
	t.tenant = named.ID
	of := run.place.Host
	if run.place.Organization != "" {
		of = "the organization " + run.place.Organization
	}
	return append(found, gitcheck.Tenant.Good("the tenant of %s is %s, says %s", of, named.ID, named.Origin))
}

// recall is the tenant of an organization that is stored, "" where reading it would mend something.
func (t *gitTarget) recall(organization string) string {
	if t.store.Dir == "" || open(t.store.Dir) != "" {
		return ""
	}
	id, _ := t.store.Organization(organizationURL(organization))
	return id
}

// settle says what the helper would ask the cache for, and where each setting stands.
func (t *gitTarget) settle(ctx context.Context) []check.Finding {
	in, run := t.Input(), t.run
	if in.Username == "" {
		in.Username = run.username
	}
	var used settings
	helper := &git.Helper{Input: in, Place: run.place, Tenant: t.tenant, Now: t.now, Resolve: func(said map[string]string) (plugin.Request, error) {
		used = gitSettings(t.set, in, run.place, said)
		r, err := run.resolve(used, t.said)
		r.request.Scopes = strings.Fields(said[scope])
		return r.request, err
	}}
	r, err := helper.Request()
	if err != nil {
		return append([]check.Finding{t.findingOf(gitcheck.Settings, err).Stop()}, run.noted()...)
	}
	if r.Unattended == "" {
		r.Unattended = run.gitForbids(ctx)
	}
	t.request, t.resource = r, claims.Resource(r.Scopes)
	var found []check.Finding
	say := func(what, value, origin string) {
		if value != "" {
			found = append(found, gitcheck.Settings.Good("%s is %s (%s)", what, text.Short(value, 200), origin))
		}
	}
	_, where := used.get(clientID)
	say("the sign-in service", r.Authority, authorityOrigin(used))
	say(clientID, r.Client, where)
	_, where = used.get(account)
	say(account, r.Account, where)
	say(scope, strings.Join(r.Scopes, " "), "for "+run.place.Host)
	if r.Unattended != "" {
		found = append(found, gitcheck.Settings.Good("nobody is asked for a sign-in (%s)", r.Unattended))
	}
	return found
}

// look looks for a token in the cache.
func (t *gitTarget) look(context.Context) []check.Finding {
	token, found := stored{app: t.run.app, topic: gitcheck.Token, caller: "git", answer: "the helper"}.look(t.store, t.request)
	t.token = token
	if !token.Value.IsZero() {
		read, err := claims.Read(token.Value)
		if err != nil {
			found = append(found, gitcheck.Token.Unchecked("what stands in the token: it is %v", err))
		} else {
			found = append(found, gitcheck.CheckClaims(read, t.resource, t.now())...)
		}
	}
	return append(found, t.run.noted()...)
}

// server asks the host, with the token that the helper would hand out.
func (t *gitTarget) server(ctx context.Context) []check.Finding {
	probe := gitcheck.Probe{Target: t.Target, HTTPS: https.Options{Trace: t.trace}, Bearer: t.version.Bearer(), Tenant: t.tenant, Resource: t.resource, Now: t.now}
	if t.token.Fresh(t.now()) {
		probe.Token, probe.Account = t.token.Value, t.token.Account
		probe.Claims, _ = claims.Read(t.token.Value) // it has been said where they can't be read
	}
	return probe.Check(ctx)
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
