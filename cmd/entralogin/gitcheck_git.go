package main

import (
	"context"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/text"
)

// target looks at one URL.
func (c *gitCheckup) target(ctx context.Context, t gitcheck.Target) {
	place := git.Find(t.Input(), c.config.hosts)
	if !place.Ours {
		why := place.Why
		if why == "" {
			why = "entralogin has no token for " + t.URL() + ", and leaves it to other helpers"
		}
		c.add(gitcheck.Remote.Fail(failure.Config, "%s", why).Or("add the host to hosts: in the config file (entralogin help git)"))
		return
	}
	c.add(t.Check(place)...)
	run := &gitRun{app: c.app, place: place}
	if c.hasGit {
		if run = c.helpers(ctx, t, place); run == nil {
			return
		}
	}
	if place.Host == git.AzureHosts()[0] && place.Organization == "" {
		c.add(gitcheck.Tenant.Unchecked("tenant, token and server: the URL names no organization").
			Or("entralogin git check https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY"))
		return
	}
	c.token(ctx, t, run)
}

// helpers looks at git's configuration for a URL, and returns what the helper would be run as.
func (c *gitCheckup) helpers(ctx context.Context, t gitcheck.Target, place git.Place) *gitRun {
	chain := gitcheck.EffectiveChain(c.variables, t)
	_, atAll := c.config.values[tenantID]
	own, found := chain.Check(t, atAll || place.TenantID != "" || c.getenv(variable(tenantID)) != "")
	c.add(found...)
	var program gitcheck.Program
	if own != nil {
		program, _ = gitcheck.ParseProgram(own.Value)
		c.add(gitcheck.CheckProgram(c.machine, c.execPath, program))
	}
	if matched, err := gitValues(ctx, "--get-urlmatch", "http", t.URL()); err == nil {
		c.add(gitcheck.CheckNetwork(gitcheck.ParseMatched(strings.Join(matched, "\x00")), c.getenv, c.machine.System == "windows")...)
	}
	run, err := c.asHelper(program.Args)
	if err != nil {
		c.add(gitcheck.Helper.Fail(failure.Config, "git runs entralogin with arguments that it does not take: %s",
			text.Redact(err.Error(), 300)).Or("entralogin git setup"))
		return nil
	}
	run.place = place
	if t.User == "" && chain.Username != "" {
		run.username = chain.Username
		c.add(gitcheck.Settings.Good("credential.username is %s", text.Short(chain.Username, 120)))
	}
	return run
}
