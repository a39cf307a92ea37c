package doctorcmd

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/docker/dockercheck"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// kube does what kubeconfig check does, where the current context runs entralogin or the part was named. What counts
// is what get-token gets from the kubeconfig.
func (c *call) kube() []check.Check {
	checks := timed(check.Within("kube", diagnose.NewKube(c.f, "", c.context).Checks()))
	if c.context != "" {
		return checks
	}
	return c.whereUsed(check.Check{Topic: aboutKube, Title: "whether kubectl runs entralogin", Run: c.unusedKube}, checks)
}

// git does what git check does, where git runs entralogin or the part was named. What counts is what the helper gets
// from git.
func (c *call) git() []check.Check {
	return c.whereUsed(check.Check{Topic: aboutGit, Title: "whether git is there", Run: unusedGit},
		check.Within("git", []check.Check{{Topic: gitcheck.Git, Title: "git", Run: c.remotes}}))
}

// mostRegistries is how many registries are looked at: each can cost two requests.
const mostRegistries = 2

// dockerChecks do what docker check does, where docker or podman run entralogin or the part was named.
func dockerChecks(c *call) []check.Check {
	d := diagnose.NewDocker(c.f)
	if len(d.Registries()) == 0 && !c.named {
		return nil
	}
	return check.Within("docker", []check.Check{{Topic: dockercheck.Registry, Title: "the registries", Run: func(ctx context.Context) []check.Finding {
		return d.Find(ctx, nil, mostRegistries, limit)
	}}})
}

// whereUsed are checks of what need not be in use: the first of them, which stops the others where it is not, is
// left out where it was named.
func (c *call) whereUsed(first check.Check, others []check.Check) []check.Check {
	if c.named {
		return others
	}
	for i := range others {
		others[i].Needs = append(others[i].Needs, first.Topic)
	}
	return append([]check.Check{first}, others...)
}

// unusedKube says why kubectl has nothing to do with entralogin here.
func (c *call) unusedKube(context.Context) []check.Finding {
	why := func(format string, args ...any) []check.Finding {
		return []check.Finding{aboutKube.Good(format, args...).Stop()}
	}
	config, err := calls.Kubeconfig(c.f, "")
	var file *kubeconfig.Error
	if errors.As(err, &file) {
		return []check.Finding{aboutKube.Warn("%v", err).Or("to see more: %s", c.f.Explainer().Command("doctor", "kube")).Stop()}
	}
	there := func(path string) bool { _, err := os.Stat(path); return !errors.Is(err, os.ErrNotExist) }
	if err != nil || !slices.ContainsFunc(config.Paths, there) {
		return why("there is no kubeconfig: nothing of kubectl is checked")
	}
	user, known := config.User(config.Context(config.CurrentContext).AuthInfo)
	if !known {
		return why("no context with a user is the current one in the kubeconfig: nothing of kubectl is checked")
	}
	m := kubecheck.Machine{Machine: check.ThisMachine(), Home: calls.KubeHome(c.f), Getenv: c.f.Getenv}
	if e, ok := user.Plugin(); !ok || !m.Runs(e, user.LocationOfOrigin) {
		return why("the current context %q does not run entralogin: nothing of it is checked", text.Short(config.CurrentContext, 120))
	}
	return nil
}

func unusedGit(context.Context) []check.Finding {
	if _, err := exec.LookPath("git"); err != nil {
		return []check.Finding{aboutGit.Good("git is not on the PATH: nothing of it is checked").Stop()}
	}
	return nil
}

// mostRemotes is how many remotes are looked at: each can cost two requests.
const mostRemotes = 2

// remotes looks at git, and at the remotes of the repository around where git runs entralogin.
func (c *call) remotes(ctx context.Context) []check.Finding {
	g, found := diagnose.NewGit(ctx, c.f)
	if g == nil {
		return found
	}
	targets, more := g.Remotes(ctx, mostRemotes)
	if !g.SetUp() && !c.named {
		return append(found[:1], unusedHelper(targets))
	}
	found = append(found, more...)
	return append(found, check.Run(ctx, timed(g.Checks(targets)))...)
}

// unusedHelper says that git has nothing to do with entralogin here, though it could where a remote is ours.
func unusedHelper(targets []gitcheck.Target) check.Finding {
	for _, t := range targets {
		if t.Remote != "" {
			return gitcheck.Helper.Warn("git does not run entralogin, which would have tokens for %s", text.Short(t.URL(), 200)).
				Or("if git is to have its tokens from here: entralogin git setup")
		}
	}
	return gitcheck.Helper.Good("git does not run entralogin, and no remote here is at %s or another of its hosts: nothing of it is checked", git.AzureHosts()[0])
}
