package dockercmd

import (
	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// New makes the command docker.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "docker",
		Short:   "Set up docker and podman, and check what they do",
		Example: `  entralogin docker setup contoso.azurecr.io`,
		Args:    cli.NeedSubcommand,
		RunE:    cli.NeedSubcommand,
	}
	cmd.AddCommand(newCheck(f), newSetup(f), newUnset(f))
	return cmd
}
