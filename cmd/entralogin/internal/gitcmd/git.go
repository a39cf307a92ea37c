package gitcmd

import (
	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// New makes the command git.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "git",
		Short:   "Set up git, and check what it does",
		Example: `  entralogin git setup`,
		Args:    cli.NeedSubcommand,
		RunE:    cli.NeedSubcommand,
	}
	cmd.AddCommand(newCheck(f), newSetup(f), newUnset(f))
	return cmd
}
