package gitcmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

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
		RunE: func(cmd *cobra.Command, _ []string) error { return setup(cmd.Context(), f, e) },
	}
	e.flags(cmd.Flags())
	cmd.Flags().BoolVar(&e.overwrite, "overwrite", false, "replace what another program put there")
	return cmd
}

func newUnset(f *cli.Factory) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:     "unset",
		Short:   "Take back what git setup wrote",
		Long:    "Unset removes what \"entralogin git setup\" wrote, and nothing else.",
		Example: `  entralogin git unset`,
		Args:    cli.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return unset(cmd.Context(), f, e) },
	}
	e.flags(cmd.Flags())
	return cmd
}

// setup writes what differs, and anew what has another helper behind it since. All of that is planned before any
// of it is done.
func setup(ctx context.Context, f *cli.Factory, e edit) error {
	hosts, err := hostsOf(f, e.hosts, nil)
	if err != nil {
		return err
	}
	there, err := e.read(ctx, f)
	if err != nil {
		return err
	}
	path, err := proc.OwnPath()
	if err != nil {
		return err
	}
	var all [][]string
	for _, host := range hosts {
		more, err := git.FindSection(host, there).Setup(git.HelperCommand(path), e.overwrite)
		var conflict *git.ConflictError
		if errors.As(err, &conflict) {
			return &config.Error{Name: "git's configuration", What: "has another helper: " + err.Error(),
				Hint: "To put entralogin in its place: entralogin git setup --overwrite. Nothing was changed."}
		}
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	return e.make(ctx, f, all)
}

// unset takes back what setup wrote, also for hosts that are no longer in the config.
func unset(ctx context.Context, f *cli.Factory, e edit) error {
	there, err := e.read(ctx, f)
	if err != nil {
		return err
	}
	hosts, err := hostsOf(f, e.hosts, git.SetupHosts(there))
	if err != nil {
		return err
	}
	path, err := proc.OwnPath()
	if err != nil {
		return err
	}
	var all [][]string
	for _, host := range hosts {
		all = append(all, git.FindSection(host, there).Unset(git.HelperCommand(path))...)
	}
	return e.make(ctx, f, all)
}
