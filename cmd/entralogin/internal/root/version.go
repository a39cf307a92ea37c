package root

import (
	"bytes"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
)

func newVersion(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Version prints the release, with the commit, its date and the Go that built it.
"+dirty" means that it was built from something else than that commit.`,
		Example: `  entralogin version
  entralogin version -o json | jq -r .version`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags(), cli.Text, cli.JSON, cli.YAML)
	cmd.RunE = func(*cobra.Command, []string) error {
		v := cli.ReadVersion()
		return f.Show(*format, v, func(out *bytes.Buffer) error {
			_, err := out.WriteString(term.Wrap(v.String()+"\n", term.Width(f.Out)))
			return err
		})
	}
	return cmd
}
