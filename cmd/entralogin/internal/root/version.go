package root

import (
	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

func newVersion(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  entralogin version",
		Args:    cli.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return f.AnswerText(cli.DescribeVersion() + "\n") },
	}
}
