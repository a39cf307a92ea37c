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
	var targets []gitcheck.Target
	if len(args) > 0 {
		t, err := gitcheck.ParseURL(args[0])
		if err != nil {
			return usagef("the URL %w", err)
		}
		targets = append(targets, t)
	}
	found := a.gitFindings(ctx, targets)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return a.showFindings(format, found, "git", nil)
}

// gitFindings are about git itself and some URLs; about the remotes around if there are none.
func (a *app) gitFindings(ctx context.Context, targets []gitcheck.Target) []check.Finding {
	c := gitCheckup{app: a}
	found := c.git(ctx)
	var err error
	if _, c.config, err = c.settings(); err != nil {
		return append(found, c.findingOf(gitcheck.Settings, err))
	}
	if len(targets) == 0 {
		var more []check.Finding
		targets, more = c.remotes(ctx, mostRemotes)
		found = append(found, more...)
	}
	return append(found, check.Run(ctx, c.checksOf(targets))...)
}

// gitCheckup is one run of git check: what holds for all URLs.
type gitCheckup struct {
	*app
	config    *config
	hasGit    bool
	version   gitcheck.Version
	machine   check.Machine
	execPath  string // of git
	variables []gitcheck.Variable
}

// checksOf are the checks of some URLs.
func (c *gitCheckup) checksOf(targets []gitcheck.Target) []check.Check {
	var list []check.Check
	for _, t := range targets {
		list = append(list, (&gitTarget{gitCheckup: c, Target: t}).checks()...)
	}
	return list
}

// git looks at git itself, and reads all of its configuration that is about helpers.
func (c *gitCheckup) git(ctx context.Context) []check.Finding {
	out, err := gitOutput(ctx, "version")
	if err != nil {
		f := gitcheck.Git.Fail(failure.Config, "git fails: %v", err)
		if errors.Is(err, exec.ErrNotFound) {
			f = gitcheck.Git.Fail(failure.Config, "git is not on the PATH").Or("install git, or put it on the PATH")
		}
		return []check.Finding{f, gitcheck.Helper.Unchecked("which helpers git runs")}
	}
	version, f := gitcheck.CheckVersion(strings.TrimSpace(out))
	c.version = version
	core, _ := gitOutput(ctx, "--exec-path")
	c.machine, c.execPath = check.ThisMachine(), strings.TrimSpace(core)
	values, err := gitValues(ctx, "--show-scope", "--show-origin", "--get-regexp", `^credential\.`)
	if err != nil {
		return []check.Finding{f, gitcheck.Helper.Fail(failure.Config, "git's configuration can't be read: %v", err)}
	}
	c.hasGit = true
	c.variables = gitcheck.ParseVariables(strings.Join(append(values, ""), "\x00"))
	return []check.Finding{f}
}

// mostRemotes is how many are looked at: each costs a request.
const mostRemotes = 10

// remotes are those of the repository around that are ours, each URL once. Without any it is dev.azure.com.
func (c *gitCheckup) remotes(ctx context.Context, most int) (targets []gitcheck.Target, found []check.Finding) {
	out, err := gitOutput(ctx, "remote", "-v")
	if err != nil {
		out = "" // no repository is around
	}
	for _, r := range gitcheck.ParseRemotes(out) {
		if gitcheck.SSH(r.URL) {
			f := gitcheck.Remote.Warn("%s goes by SSH, where no credential helper takes part", text.Short(r.Name, 120)).
				Or("git remote set-url NAME https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY")
			if !slices.Contains(found, f) {
				found = append(found, f)
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
		return []gitcheck.Target{{Scheme: "https", Host: git.AzureHosts()[0]}}, found
	}
	if len(targets) > most {
		found = append(found, gitcheck.Remote.Unchecked("%d of %d remotes", len(targets)-most, len(targets)).Or("entralogin git check URL"))
		targets = targets[:most]
	}
	return targets, found
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
