package azcmd

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/credential"
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

// refused says what this az can't do, and how to run the one that can: that stands later on the PATH, or has to be
// installed. Nothing in it may look to an SDK as if there were no az at all ("not found", "not recognized").
func refused(f *cli.Factory, words []string) error {
	itself := "The Azure CLI itself is not on the PATH: https://learn.microsoft.com/cli/azure/install-azure-cli"
	if program := credential.Other("az", f.Getenv("PATH")); program != "" {
		call := []string{program}
		if !slices.ContainsFunc(words, func(word string) bool { return !text.IsPlain(word) }) {
			call = append(call, words...)
		}
		itself = "The Azure CLI itself: " + text.Short(strings.Join(call, " "), 300)
	}
	return cli.Usagef(`this az is entralogin (%s), which does not know %q. %s`, helpPage, text.Short("az "+strings.Join(words, " "), 80), itself)
}

const helpPage = `"entralogin help az"`

// asArgparse is the line for a command line that can't be understood. Of a flag that is not known it says what the Azure
// CLI says, whose parser is Python's argparse.
func asArgparse(err error, line string) string {
	const help = " (" + helpPage + " says what this az can do)"
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	switch {
	case strings.Contains(line, helpPage):
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
