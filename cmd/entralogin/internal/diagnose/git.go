package diagnose

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/text"
)

// Git looks at git and at URLs as git and the credential helper would: what holds for all URLs.
type Git struct {
	factory   *cli.Factory
	file      *config.File
	has       bool // git is there, and its configuration can be read
	version   gitcheck.Version
	machine   check.Machine
	execPath  string // of git
	variables []gitcheck.Variable
}

// FindGit says what is found about git itself and some URLs; about the remotes of the repository around if there
// are none.
func FindGit(ctx context.Context, f *cli.Factory, targets []gitcheck.Target) []check.Finding {
	c, found := NewGit(ctx, f)
	if c == nil {
		return found
	}
	if len(targets) == 0 {
		var more []check.Finding
		targets, more = c.Remotes(ctx, mostRemotes)
		found = append(found, more...)
	}
	return append(found, check.Run(ctx, c.Checks(targets))...)
}

// NewGit looks at git itself and at the config file. It returns nil where that can't be read.
func NewGit(ctx context.Context, f *cli.Factory) (*Git, []check.Finding) {
	c := &Git{factory: f}
	found := c.itself(ctx)
	s, err := f.Config().Settings(config.Call{})
	if err != nil {
		return nil, append(found, FindingOf(f.Explainer(), check.Settings, err))
	}
	c.file = s.File
	return c, append(found, check.Settings.Notes(s.Notes)...)
}

// SetUp reports whether git runs entralogin for some host.
func (c *Git) SetUp() bool {
	return slices.ContainsFunc(c.variables, func(v gitcheck.Variable) bool {
		return strings.HasSuffix(v.Key, ".helper") && runsEntralogin(v)
	})
}

// runsEntralogin reports whether a helper is entralogin.
func runsEntralogin(v gitcheck.Variable) bool {
	_, ours := gitcheck.ParseProgram(v.Value)
	return ours
}

// Checks are those of some URLs.
func (c *Git) Checks(targets []gitcheck.Target) []check.Check {
	var list []check.Check
	for _, t := range targets {
		helper := caller{f: c.factory, explain: c.explainer(), name: "git", answer: "the helper"}
		list = append(list, (&gitTarget{Git: c, Target: t, caller: helper}).checks()...)
	}
	return list
}

// explainer makes commands for calls of the helper, whose flags are not those of this call.
func (c *Git) explainer() cli.Explainer {
	return cli.Explainer{Maker: remedy.Maker{Getenv: c.factory.Getenv}}
}

// itself looks at git itself, and reads all of its configuration that is about helpers.
func (c *Git) itself(ctx context.Context) []check.Finding {
	out, err := calls.RunGit(ctx, "version")
	if err != nil {
		f := gitcheck.Git.Fail(failure.Config, "git fails: %v", err)
		if errors.Is(err, exec.ErrNotFound) {
			f = gitcheck.Git.Fail(failure.Config, "git is not on the PATH").Or("install git, or put it on the PATH")
		}
		return []check.Finding{f, gitcheck.Helper.Unchecked("which helpers git runs")}
	}
	version, f := gitcheck.CheckVersion(strings.TrimSpace(out))
	c.version = version
	core, _ := calls.RunGit(ctx, "--exec-path")
	c.machine, c.execPath = check.ThisMachine(), strings.TrimSpace(core)
	values, err := calls.GitValues(ctx, "--show-scope", "--show-origin", "--get-regexp", `^credential\.`)
	if err != nil {
		return []check.Finding{f, gitcheck.Helper.Fail(failure.Config, "git's configuration can't be read: %v", err)}
	}
	c.has = true
	c.variables = gitcheck.ParseVariables(values)
	return []check.Finding{f}
}

// mostRemotes is how many are looked at: each costs a request.
const mostRemotes = 10

// Remotes are those of the repository around that are ours, each URL once. Without any it is dev.azure.com.
func (c *Git) Remotes(ctx context.Context, most int) (targets []gitcheck.Target, found []check.Finding) {
	out, err := calls.RunGit(ctx, "remote", "-v")
	if err != nil {
		out = "" // no repository is around
	}
	if refused := (*calls.GitError)(nil); errors.As(err, &refused) && refused.Distrusts() {
		found = append(found, gitcheck.Remote.Fail(failure.Config, "git refuses the repository around: it belongs to another user").
			Or("git config --global --add safe.directory FOLDER, if you trust what is in it; its remotes are not looked at"))
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
		if place := git.Find(t.Input(), calls.GitHosts(c.file)); err != nil || !place.Ours && place.Why == "" {
			continue
		}
		targets = addRemote(targets, t, r.Name)
	}
	if len(targets) == 0 {
		return []gitcheck.Target{{Scheme: "https", Host: git.AzureHosts()[0]}}, found
	}
	if len(targets) > most {
		found = append(found, gitcheck.Remote.Unchecked("%d of %d remotes", len(targets)-most, len(targets)).
			Or("to see the next one: %s", remedy.Line("entralogin", "git", "check", targets[most].URL())))
		targets = targets[:most]
	}
	return targets, found
}

// addRemote adds a target without a remote, as that of one.
func addRemote(targets []gitcheck.Target, t gitcheck.Target, name string) []gitcheck.Target {
	i := slices.IndexFunc(targets, func(other gitcheck.Target) bool { other.Remote = ""; return other == t })
	if i < 0 {
		t.Remote = name
		return append(targets, t)
	}
	if !slices.Contains(strings.Split(targets[i].Remote, " and "), name) {
		targets[i].Remote += " and " + name
	}
	return targets
}
