package main

import (
	"context"
	"errors"
	"maps"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/text"
)

func (a *app) gitCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [URL]",
		Short: "Say what would happen if git ran now",
		Long: `Check looks at a URL as git and the credential helper would: at git's version,
the helpers that it runs for the URL and the file each stands in, the
organization and its tenant, the settings, and the stored token. Then it asks the
host once for the repository, with that token if it is fresh, and says what the
answer means. It changes and stores nothing and asks nobody. Where the tenant of
an organization is not known yet, it asks Azure DevOps for it.

Without a URL it looks at those remotes of the repository around it for which
entralogin is responsible, else at dev.azure.com.

The exit code is 0 where git gets through, else that of the first failure:
3 configuration, 4 a sign-in where nobody may be asked, 5 refused by the host,
6 network, 7 an answer that makes no sense or can't be trusted, 8 storage.`,
		Example: `  entralogin git check
  entralogin git check https://dev.azure.com/contoso/project/_git/repository
  entralogin git check -o json | jq '.findings[] | select(.level != "ok")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("git check takes one URL, not %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.gitCheck(cmd.Context(), args) },
	}
	cmd.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	return cmd
}

func (a *app) gitCheck(ctx context.Context, args []string) error {
	format := a.flags["output"]
	if format != "" && format != "table" && format != "json" {
		return usagef("--output %s is no format: table or json", format)
	}
	for _, name := range slices.Sorted(maps.Keys(a.flags)) {
		if slices.Contains(append(settingsInFile(), configFile), name) {
			return usagef("--%s can't be given here: what counts is what the credential helper gets from git", name)
		}
	}
	ctx, done := untilSignal(ctx)
	defer done()
	c := gitCheckup{app: a}
	if err := c.all(ctx, args); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return a.showFindings(format, c.found, "git", nil)
}

// gitCheckup is one run of git check.
type gitCheckup struct {
	*app
	config    *config
	hasGit    bool
	version   gitcheck.Version
	machine   check.Machine
	execPath  string // of git
	variables []gitcheck.Variable
	about     string // the URL that is looked at
	found     []check.Finding
}

func (c *gitCheckup) add(found ...check.Finding) {
	for _, f := range found {
		f.About = c.about
		c.found = append(c.found, f)
	}
}

// all looks at git, and then at one URL after the other. The error is about the command line.
func (c *gitCheckup) all(ctx context.Context, args []string) error {
	targets := []gitcheck.Target{}
	if len(args) > 0 {
		t, err := gitcheck.ParseURL(args[0])
		if err != nil {
			return usagef("the URL %w", err)
		}
		targets = append(targets, t)
	}
	c.git(ctx)
	var err error
	if _, c.config, err = c.settings(); err != nil {
		c.add(c.findingOf(gitcheck.Settings, err))
		return nil
	}
	if len(args) == 0 {
		targets = c.remotes(ctx)
	}
	for _, t := range targets {
		c.about = t.URL()
		c.target(ctx, t)
	}
	return nil
}

// git looks at git itself, and reads all of its configuration that is about helpers.
func (c *gitCheckup) git(ctx context.Context) {
	out, err := gitOutput(ctx, "version")
	if err != nil {
		f := gitcheck.Git.Fail(failure.Config, "git fails: %v", err)
		if errors.Is(err, exec.ErrNotFound) {
			f = gitcheck.Git.Fail(failure.Config, "git is not on the PATH").Or("install git, or put it on the PATH")
		}
		c.add(f, gitcheck.Helper.Unchecked("which helpers git runs"))
		return
	}
	var f check.Finding
	c.version, f = gitcheck.CheckVersion(strings.TrimSpace(out))
	c.add(f)
	core, _ := gitOutput(ctx, "--exec-path")
	c.machine, c.execPath = check.ThisMachine(), strings.TrimSpace(core)
	values, err := gitValues(ctx, "--show-scope", "--show-origin", "--get-regexp", `^credential\.`)
	if err != nil {
		c.add(gitcheck.Helper.Fail(failure.Config, "git's configuration can't be read: %v", err))
		return
	}
	c.hasGit = true
	c.variables = gitcheck.ParseVariables(strings.Join(append(values, ""), "\x00"))
}

// mostRemotes is how many are looked at: each costs a request.
const mostRemotes = 10

// remotes are those of the repository around that are ours, each URL once. Without any it is dev.azure.com.
func (c *gitCheckup) remotes(ctx context.Context) []gitcheck.Target {
	out, err := gitOutput(ctx, "remote", "-v")
	if err != nil {
		out = "" // no repository is around
	}
	var targets []gitcheck.Target
	for _, r := range gitcheck.ParseRemotes(out) {
		if gitcheck.SSH(r.URL) {
			f := gitcheck.Remote.Warn("%s goes by SSH, where no credential helper takes part", text.Short(r.Name, 120)).
				Or("git remote set-url NAME https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY")
			if !slices.Contains(c.found, f) {
				c.add(f)
			}
			continue
		}
		t, err := gitcheck.ParseURL(r.URL)
		if place := git.Find(t.Input(), c.config.hosts); err != nil || !place.Ours && place.Why == "" {
			continue
		}
		targets = addRemote(targets, t, r.Name)
	}
	if len(targets) == 0 {
		return []gitcheck.Target{{Scheme: "https", Host: git.AzureHosts()[0]}}
	}
	if len(targets) > mostRemotes {
		c.add(gitcheck.Remote.Unchecked("%d of %d remotes", len(targets)-mostRemotes, len(targets)).Or("entralogin git check URL"))
		targets = targets[:mostRemotes]
	}
	return targets
}

func addRemote(targets []gitcheck.Target, t gitcheck.Target, name string) []gitcheck.Target {
	t.Remote = name
	for i := range targets {
		same := targets[i]
		same.Remote = name
		if same == t {
			if !slices.Contains(strings.Split(targets[i].Remote, " and "), name) {
				targets[i].Remote += " and " + name
			}
			return targets
		}
	}
	return append(targets, t)
}
