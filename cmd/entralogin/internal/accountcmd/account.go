// Package accountcmd are the commands account and whoami.
package accountcmd

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// New makes the command account, with further commands of other packages.
func New(f *cli.Factory, more ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{
		Use:   "account",
		Short: "See and choose among the accounts that have signed in",
		Long: `Account shows who has signed in on this machine, which account a call would use
and why, and keeps a choice where several fit.`,
		Example: `  entralogin account list
  entralogin account show
  entralogin account set alice@contoso.example`,
		Args: cli.NeedSubcommand,
		RunE: cli.NeedSubcommand,
	}
	group.AddCommand(newList(f), newShow(f), newSet(f))
	group.AddCommand(more...)
	return group
}

func newList(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show who has signed in, with which tokens",
		Long: `List shows each account of each session: one sign-in of one client at one
authority. Below it stand the tenants that it has had tokens of, and the tokens
that are stored, with what they are for and when they end. On a terminal that is too
narrow for that it counts the tokens; -o wide shows all.

"chosen" is the account that calls use which name none (entralogin account set).
"entralogin status" says whether the next call of each program is silent.`,
		Example: `  entralogin account list
  entralogin account list -o wide
  entralogin account list -o json`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags())
	cmd.RunE = func(*cobra.Command, []string) error { return list(f, *format) }
	return cmd
}

func newShow(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show which account a call with these settings uses, and why",
		Long: `Show settles the account as get-token, git-credential and graph do, with the same
flags, variables and config file, and says what decided. It asks nobody and
sends nothing. --account may be the part before the "@" alone.

"entralogin whoami" says what the tokens of the account say: name, groups,
roles and scopes.`,
		Example: `  entralogin account show
  entralogin account show --profile work
  entralogin account show --tenant-id fabrikam.example -o json`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags())
	cmd.RunE = func(*cobra.Command, []string) error { return show(f, *format) }
	return cmd
}

func newSet(f *cli.Factory) *cobra.Command {
	var none bool
	cmd := &cobra.Command{
		Use:   "set [NAME]",
		Short: "Choose the account for calls that name none",
		Long: `Set chooses the account that calls use which name none, for the client and the
authority of the settings: in all tenants, or with --tenant-id in that tenant
alone, as calls name it (its GUID or its domain). --account, ENTRALOGIN_ACCOUNT,
a profile or the config file count more. --none takes the choice back.

NAME has signed in already; the part before the "@" is enough where one account
alone has it. On a terminal the accounts are listed without a NAME, to choose
from. The choice ends with entralogin logout.`,
		Example: `  entralogin account set
  entralogin account set alice
  entralogin account set erin@fabrikam.example --tenant-id fabrikam.example
  entralogin account set --none`,
		Args: func(cmd *cobra.Command, args []string) error {
			return checkSet(args, none, cmd.Flags().Changed(config.Account))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return set(cmd.Context(), f, strings.Join(args, ""), none)
		},
	}
	cmd.Flags().BoolVar(&none, "none", false, "take the choice back")
	return cmd
}

// checkSet wants a name, --none, or neither.
func checkSet(args []string, none, byFlag bool) error {
	switch {
	case byFlag:
		return cli.Usagef("--account can't be given here: entralogin account set NAME")
	case none && len(args) > 0:
		return cli.Usagef("a name and --none can't be given together")
	case len(args) > 1:
		return cli.Usagef("entralogin account set takes one name, or --none")
	case len(args) == 1 && (!text.IsWord(args[0]) || args[0] != text.Clean(args[0])):
		return cli.Usagef("%q is no user name", text.Short(args[0], 80))
	}
	return nil
}
