package main

import (
	"context"
	"os/exec"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
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
	found := c.git(ctx)
	defer func() {
		for _, f := range found {
			f.Topic = "git: " + f.Topic
			d.add(f)
		}
	}()
	setUp := slices.ContainsFunc(c.variables, func(v gitcheck.Variable) bool {
		_, ours := gitcheck.ParseProgram(v.Value)
		return ours && strings.HasSuffix(v.Key, ".helper")
	})
	var err error
	if _, c.config, err = c.settings(); err != nil {
		return // said by config
	}
	targets, more := c.remotes(ctx, doctorRemotes)
	if !setUp && !named {
		found = append(found[:1], otherGit(targets))
		return
	}
	found = append(found, more...)
	found = append(found, check.Run(ctx, timed(c.checksOf(targets)))...)
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
