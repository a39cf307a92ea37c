// Package doctorcmd is the command doctor.
package doctorcmd

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// Bounds of the doctor's work with others.
const (
	limit    = 10 * time.Second // of each request, and of each program that is run
	limitAll = 50 * time.Second
)

// New makes the command doctor.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor [kube|git|docker|graph|network]",
		Short: "Look for what is wrong, and say what to do about it",
		Long: `Doctor looks at the config file and the variables, at the folders, the storage and
the locks, at what is stored, at the way to the sign-in service, and at kubectl,
git, docker and Graph where they are in use. With an argument it leaves out the
others.

It changes and stores nothing and asks nobody. It makes one request to the
sign-in service, one to Graph, one to the API server of the current context, one
to where a managed identity is had from, and at most two for each of two remotes
of the repository around and of two registries; with an argument those of that
part alone. Each may take 10 seconds, all together a minute.

What a machine signs in with is looked at (its file, its end, its job's
variables) and not shown; no program is run.

Tokens, codes and passwords are not in its output, and the home folder is ~. Names
of accounts, hosts, tenants and applications are: look at it before you post it
("entralogin help doctor").

The exit code is 0 where nothing failed, else that of the first failure, as with
kubeconfig check, git check and docker check.`,
		Example: `  entralogin doctor
  entralogin doctor network
  entralogin doctor -o json | jq '.findings[] | select(.level != "ok")'`,
		ValidArgs: []string{"kube", "git", "docker", "graph", "network"},
		Args:      checkPart,
	}
	shown := diagnose.ShowFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return run(cmd.Context(), f, shown, &call{f: f, named: len(args) > 0}, args)
	}
	return cmd
}

// Check is doctor for some parts, where they are in use. kubeContext is the kubeconfig's context that is looked at, "" for
// the current one.
func Check(ctx context.Context, f *cli.Factory, parts []string, kubeContext string) error {
	return run(ctx, f, diagnose.Problems(f.Explainer().Command("doctor", "--all")), &call{f: f, context: kubeContext}, parts)
}

func run(ctx context.Context, f *cli.Factory, shown diagnose.Shown, c *call, parts []string) error {
	return diagnose.Run(ctx, f, shown, "entralogin", func(ctx context.Context) ([]check.Finding, *string) {
		return c.examine(ctx, parts), nil
	})
}

func checkPart(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return cli.Usagef("doctor takes one part, not %d: %s", len(args), strings.Join(cmd.ValidArgs, ", "))
	case len(args) == 1 && !slices.Contains(cmd.ValidArgs, args[0]):
		return cli.Usagef("%q is no part that doctor knows: %s", text.Short(args[0], 40), strings.Join(cmd.ValidArgs, ", "))
	}
	return nil
}

// examine looks at this machine, one thing after the other, and then at all parts at a time, since each may wait
// for the network.
func (c *call) examine(ctx context.Context, parts []string) []check.Finding {
	ctx, cancel := context.WithTimeoutCause(ctx, limitAll, &check.LateError{Limit: limitAll})
	defer cancel()
	found := check.Run(ctx, c.here())
	found = append(found, check.Run(ctx, c.parts(parts)...)...)
	return check.Once(c.fit(found))
}

// here are the checks of this machine.
func (c *call) here() []check.Check {
	return []check.Check{
		{Topic: aboutConfig, Title: "the config file", Run: c.config},
		{Topic: aboutConfig, Title: "the variables", Run: c.variables},
		{Topic: check.Settings, Title: "the settings", Needs: []check.Topic{aboutConfig}, Run: c.settings},
		{Topic: aboutFolders, Title: "the folders", Needs: []check.Topic{aboutConfig}, Run: c.folders},
		{Topic: aboutStorage, Title: "the storage", Needs: []check.Topic{aboutFolders}, Run: c.storage},
		{Topic: aboutLocks, Title: "the locks", Needs: []check.Topic{aboutFolders}, Run: c.locks},
		{Topic: aboutAccounts, Title: "the accounts", Needs: []check.Topic{aboutStorage}, Run: c.accounts},
		{Topic: aboutTokens, Title: "the tokens", Needs: []check.Topic{aboutStorage}, Run: c.tokens},
		{Topic: aboutSignIn, Title: "the ways to sign in", Needs: []check.Topic{aboutStorage}, Run: func(ctx context.Context) []check.Finding { return waysToSignIn(ctx, c) }},
		{Topic: aboutConfig, Title: "what is ignored", Run: func(context.Context) []check.Finding { return aboutConfig.Notes(c.said) }},
	}
}

// parts are the lists of those that may wait for others: of all, or of those that are named.
func (c *call) parts(named []string) [][]check.Check {
	all := [][]check.Check{versions(named)}
	if len(named) == 0 {
		all = append(all, feeds(c))
	}
	for _, part := range []struct {
		name   string
		checks func() []check.Check
	}{{"network", c.network}, {"graph", graphCall{c}.checks}, {"kube", c.kube}, {"git", c.git}, {"docker", func() []check.Check { return dockerChecks(c) }}} {
		if len(named) == 0 || slices.Contains(named, part.name) {
			all = append(all, part.checks())
		}
	}
	return all
}

// timed gives each check the time of a request.
func timed(list []check.Check) []check.Check {
	for i := range list {
		list[i].Limit = limit
	}
	return list
}
