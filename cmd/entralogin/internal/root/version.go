package root

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

func newVersion(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  entralogin version
  entralogin version -o json | jq -r .version`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags(), cli.Text, cli.JSON, cli.YAML)
	cmd.RunE = func(*cobra.Command, []string) error {
		v := cli.ReadVersion()
		return f.Show(*format, v, func(out *bytes.Buffer) error { _, err := fmt.Fprintln(out, v); return err })
	}
	return cmd
}
