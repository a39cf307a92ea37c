package calls

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// ReadFeedArgs reads the arguments that stand in a package manager's configuration behind the program: shared settings
// alone. place names the configuration: "cargo's configuration". A repository may bring one, which starts no program and
// names no file by that. Errors: *cli.UsageError, *config.Error.
func ReadFeedArgs(args []string, place string) (given map[string]string, err error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	apart(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return nil, cli.Usagef("the arguments in %s ask for help, not for a token", place)
	case err != nil:
		return nil, cli.AsUsage(err)
	case flags.NArg() > 0:
		return nil, cli.Usagef("the arguments in %s have words that are no settings: settings such as --account NAME may stand there", place)
	}
	if given, err = cli.Given(flags); err != nil {
		return nil, err
	}
	if err := checkBrought(given, place, "Take it out there. %s: in your config file counts as well (entralogin help config)."); err != nil {
		return nil, err
	}
	return given, nil
}

// checkBrought refuses settings that start a program or name a file where a configuration has them which a repository may
// have brought. place names it: "git's configuration"; hint has a %s for the name of the setting. Errors: *config.Error.
func checkBrought(given map[string]string, place, hint string) error {
	for _, name := range slices.Sorted(maps.Keys(config.Brought())) {
		if value, ok := given[name]; ok {
			return &config.Error{Name: name, Origin: "--" + name,
				What: fmt.Sprintf("is %q, which %s can't choose: it %s", text.Short(value, 200), place, config.WouldRun(name)),
				Hint: fmt.Sprintf(hint, name)}
		}
	}
	return nil
}
