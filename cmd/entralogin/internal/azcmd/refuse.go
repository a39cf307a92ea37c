package azcmd

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/text"
)

// Refuse refuses what root can't do, before its flags are looked at: they are not known either. Errors:
// *cli.UsageError.
func Refuse(f *cli.Factory, root *cobra.Command, args []string) error {
	words := args
	if i := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }); i >= 0 {
		words = args[:i]
	}
	asked := root
	for _, word := range words {
		i := slices.IndexFunc(asked.Commands(), func(c *cobra.Command) bool { return c.Name() == word })
		if i < 0 {
			break
		}
		asked = asked.Commands()[i]
	}
	help := slices.ContainsFunc(args, func(arg string) bool { return arg == "--help" || arg == "-h" })
	whole := asked.CommandPath() == strings.Join(append([]string{root.Name()}, words...), " ")
	switch {
	case !asked.HasSubCommands(), whole && (asked == root || help):
		return nil
	case whole:
		return cli.Usagef("%[1]s needs one of its commands, which \"%[1]s --help\" lists", asked.CommandPath())
	}
	return refused(f, words)
}

func refused(f *cli.Factory, words []string) error {
	return cli.RefuseStandIn(f, "az", "The Azure CLI", "https://learn.microsoft.com/cli/azure/install-azure-cli", words)
}

// asArgparse is the line for a command line that can't be understood. Of a flag that is not known it says what the Azure
// CLI says, whose parser is Python's argparse.
func asArgparse(err error, line string) string {
	const help = " (" + cli.AzPage + " says what this az can do)"
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	switch {
	case strings.Contains(line, cli.AzPage):
		return line
	case !ok:
		return line + help
	}
	flag := "--" + unknown.GetSpecifiedName()
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		flag = "-" + letters
	}
	_, near, ok := strings.Cut(line, "; ")
	if ok {
		near = "; " + near
	}
	return "unrecognized arguments: " + text.Short(flag, 80) + near + help
}
