package artifactscmd

import (
	"bytes"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/nuget"
)

// The shells for which variables are written.
const (
	posix      cli.Format = "sh"
	fish       cli.Format = "fish"
	powershell cli.Format = "powershell"
)

func newEnv(f *cli.Factory) *cobra.Command {
	var format *cli.Format
	cmd := &cobra.Command{
		Use:   "env [FEED]...",
		Short: "Print the variables by which NuGet and dotnet get tokens",
		Long: `Env prints variables for a shell with a token of about an hour, for the feeds
that are named, by the index.json of each, or else those that the nuget.config
of this folder and of the folders above names.

NuGet reads the password of a source from NuGetPackageSourceCredentials_NAME. The
credential provider of Azure Artifacts reads the others. The first is there for
feeds of a nuget.config alone, and where NAME is of letters, digits and "_".`,
		Example: `  eval "$(entralogin artifacts env)" && dotnet restore
  entralogin artifacts env -o powershell | Invoke-Expression`,
		RunE: func(cmd *cobra.Command, args []string) error { return printEnv(cmd.Context(), f, *format, args) },
	}
	format = cli.OutputFlag(cmd.Flags(), posix, fish, powershell, cli.JSON)
	f.HandOverFlags(cmd.Flags())
	return cmd
}

// printEnv gets the tokens, and prints the variables.
func printEnv(ctx context.Context, f *cli.Factory, format cli.Format, args []string) error {
	all, err := sources(args)
	if err != nil {
		return err
	}
	addresses := make([]string, len(all))
	for i, s := range all {
		addresses[i] = s.URL
	}
	feeds, at := ours(f, addresses)
	if len(feeds) == 0 {
		return none("no nuget.config of this folder or of those above it",
			"entralogin artifacts env https://pkgs.dev.azure.com/ORGANIZATION/_packaging/FEED/nuget/v3/index.json")
	}
	tokens, err := tokensOf(ctx, f, feeds, "NuGet")
	if err != nil {
		return err
	}
	passwords := make([]nuget.Password, len(feeds))
	for i, t := range tokens {
		passwords[i] = nuget.Password{Source: all[at[i]], Token: t.Value}
	}
	variables, err := nuget.Variables(passwords)
	if err != nil {
		return err
	}
	f.Err.Explain("the tokens end " + lasting(tokens, f.Now()))
	return showVariables(f, format, variables)
}

// sources are the package sources that are named, or those of the nuget.config files. What is named has to be ours.
func sources(named []string) ([]nuget.Source, error) {
	var all []nuget.Source
	for _, address := range named {
		if _, err := findFeed(address); err != nil {
			return nil, err
		}
		all = append(all, nuget.Source{URL: whole(address)})
	}
	if len(named) > 0 {
		return all, nil
	}
	dir, err := here()
	if err != nil {
		return nil, err
	}
	return nuget.Sources(nuget.Files(dir))
}

func showVariables(f *cli.Factory, format cli.Format, all []nuget.Variable) error {
	object := map[string]string{}
	for _, v := range all {
		object[v.Name] = v.Value
	}
	return f.Show(format, object, func(out *bytes.Buffer) error {
		for _, v := range all {
			out.WriteString(assign(format, v.Name, v.Value) + "\n")
		}
		return nil
	})
}

// singleQuotes are what PowerShell takes for one: https://github.com/PowerShell/PowerShell/blob/master/src/System.Management.Automation/engine/parser/CharTraits.cs
const singleQuotes = "'\u2018\u2019\u201a\u201b"

// assign is the line by which a shell sets a variable for the programs that it runs. The value is quoted whole: some of it
// may come of a file of somebody else.
func assign(shell cli.Format, name, value string) string {
	switch shell {
	case fish: // https://fishshell.com/docs/current/language.html#quotes
		return "set -gx " + name + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
	case powershell: // https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
		var quoted strings.Builder
		for _, r := range value {
			if strings.ContainsRune(singleQuotes, r) {
				quoted.WriteRune(r)
			}
			quoted.WriteRune(r)
		}
		return "$env:" + name + " = '" + quoted.String() + "'"
	}
	return "export " + name + "='" + strings.ReplaceAll(value, `'`, `'\''`) + "'"
}
