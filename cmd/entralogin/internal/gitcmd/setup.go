package gitcmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

func newSetup(f *cli.Factory) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Have git run entralogin for Azure DevOps and the config's hosts",
		Long: `Setup writes into git's configuration, for Azure DevOps and for the hosts: of the
config file alone, that entralogin is the helper. An empty helper in front of it
resets the chain for these hosts, so that no other helper, such as a global
"store", gets to see a token. For dev.azure.com it sets useHttpPath, too: the
path says which organization is meant.

Running it twice changes nothing. What another program put there is left alone
without --overwrite. "entralogin git unset" takes it back.`,
		Example: `  entralogin git setup
  entralogin git setup --dry-run
  entralogin git setup --local --host dev.azure.com`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context(), f, false) },
	}
	e.flags(cmd.Flags())
	cmd.Flags().BoolVar(&e.overwrite, "overwrite", false, "replace what another program put there")
	return cmd
}

// Setup is "git setup" for all hosts, in the configuration of the person's account.
func Setup(ctx context.Context, f *cli.Factory, overwrite, dryRun bool) error {
	return edit{overwrite: overwrite, dryRun: dryRun}.run(ctx, f, false)
}

func newUnset(f *cli.Factory) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:     "unset",
		Short:   "Take back what git setup wrote",
		Long:    "Unset removes what \"entralogin git setup\" wrote, and nothing else.",
		Example: `  entralogin git unset`,
		Args:    cli.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return e.run(cmd.Context(), f, true) },
	}
	e.flags(cmd.Flags())
	return cmd
}

// run makes the calls of git config, all of which are planned before any of them is made. Setup writes what differs,
// and anew what has another helper behind it since; unset takes that back, also for hosts that are no longer in the
// config.
func (e edit) run(ctx context.Context, f *cli.Factory, unset bool) error {
	file, err := e.file()
	if err != nil {
		return err
	}
	if err := checkTarget(ctx, f, file); err != nil {
		return err
	}
	fields, err := calls.GitValues(ctx, file, "--get-regexp", `^credential\.`)
	if err != nil {
		return err
	}
	there := git.ParseVariables(fields)
	var more []string
	if unset {
		more = git.SetupHosts(there)
	}
	hosts, err := hostsOf(f, e.hosts, more)
	if err != nil {
		return err
	}
	path, err := proc.OwnPath()
	if err != nil {
		return err
	}
	helper := git.HelperCommand(path)
	var all [][]string
	for _, host := range hosts {
		section := git.FindSection(host, there)
		if unset {
			all = append(all, section.Unset(helper)...)
			continue
		}
		writes, err := section.Setup(helper, e.overwrite)
		if err != nil {
			return &config.Error{Name: "git's configuration", What: "has another helper: " + err.Error(),
				Hint: "Nothing was changed. To put entralogin in its place: " + f.Explainer().Command(append(e.words("setup"), "--overwrite")...)}
		}
		all = append(all, writes...)
	}
	return e.make(ctx, f, file, all)
}
