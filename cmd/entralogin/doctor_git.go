package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// doctorRemotes is how many remotes are looked at: each can cost two requests.
const doctorRemotes = 2

// git does what git check does, where git runs entralogin or the part was named.
func (d *doctor) git(ctx context.Context, named bool) {
	if _, err := exec.LookPath("git"); err != nil && !named {
		d.add(aboutGit.Good("git is not on the PATH: nothing of it is checked"))
		return
	}
	c := gitCheckup{app: d.muted()}
	c.flags = flagLayer{} // what counts is what the helper gets from git
	defer func() {
		for _, f := range c.found {
			f.Topic = "git: " + f.Topic
			d.add(f)
		}
	}()
	c.git(ctx)
	setUp := false
	for _, v := range c.variables {
		if _, ours := gitcheck.ParseProgram(v.Value); ours && strings.HasSuffix(v.Key, ".helper") {
			setUp = true
		}
	}
	var err error
	if _, c.config, err = c.settings(); err != nil {
		return // said by config
	}
	targets := c.remotes(ctx)
	if !setUp && !named {
		c.found = c.found[:min(len(c.found), 1)]
		c.found = append(c.found, otherGit(targets))
		return
	}
	if len(targets) > doctorRemotes {
		c.add(gitcheck.Remote.Unchecked("%d of %d remotes", len(targets)-doctorRemotes, len(targets)).Or("entralogin git check"))
		targets = targets[:doctorRemotes]
	}
	for _, t := range targets {
		c.about = t.URL()
		timed, cancel := context.WithTimeoutCause(ctx, doctorRequest, &https.NetworkError{Host: t.Host, Err: fmt.Errorf("no answer within %v", doctorRequest)})
		c.target(timed, t)
		cancel()
	}
}

// otherGit says that git has nothing to do with entralogin here, though it could where a remote is ours.
func otherGit(targets []gitcheck.Target) check.Finding {
	const topic check.Topic = "helper"
	for _, t := range targets {
		if t.Remote != "" {
			return topic.Warn("git does not run entralogin, which would have tokens for %s", text.Short(t.URL(), 200)).
				Or("entralogin git setup, if git is to have its tokens from here")
		}
	}
	return topic.Good("git does not run entralogin, and no remote here is at %s or another of its hosts: nothing of it is checked", git.AzureHosts()[0])
}
