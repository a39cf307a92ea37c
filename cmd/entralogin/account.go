package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

func (a *app) accountCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "account",
		Short: "See and choose among the accounts that have signed in",
		Long: `Account shows who has signed in on this machine, which account a call would use
and why, and keeps a choice where several fit.`,
		Example: `  entralogin account list
  entralogin account show
  entralogin account set alice@contoso.example`,
		Args: needSubcommand,
		RunE: needSubcommand,
	}
	group.AddCommand(a.accountListCommand())
	group.AddCommand(a.accountShowCommand())
	group.AddCommand(a.accountSetCommand())
	group.AddCommand(a.accountTokenCommand())
	return group
}

func (a *app) accountListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show who has signed in, with which tokens",
		Long: `List shows each account of each session: one sign-in of one client at one
authority. Below it stand the tenants that it has had tokens of, and the tokens
that are stored, with what they are for and when they end.

"chosen" is the account that calls use which name none (entralogin account set).`,
		Example: `  entralogin account list
  entralogin account list -o json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.accountList() },
	}
	cmd.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	return cmd
}

func (a *app) accountShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show which account a call with these settings uses, and why",
		Long: `Show settles the account as get-token, git-credential and graph do, with the same
flags, variables and config file, and says what decided. It asks nobody and
sends nothing.`,
		Example: `  entralogin account show
  entralogin account show --profile work
  entralogin account show --tenant-id fabrikam.example -o json`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.accountShow() },
	}
	cmd.Flags().StringP("output", "o", "", "`format`: table or json (default table)")
	return cmd
}

func (a *app) accountSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Choose the account for calls that name none",
		Long: `Set chooses the account that calls use which name none, for the client and the
authority of the settings: in all tenants, or with --tenant-id in that tenant
alone, as calls name it (its GUID or its domain). --account, ENTRALOGIN_ACCOUNT,
a profile or the config file count more. --none takes the choice back.

Nobody is asked for anything: NAME has signed in already. The choice ends with
entralogin logout.`,
		Example: `  entralogin account set alice@contoso.example
  entralogin account set erin@fabrikam.example --tenant-id fabrikam.example
  entralogin account set --none`,
		Args: func(cmd *cobra.Command, args []string) error { return a.checkSet(cmd, args) },
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.accountSet(cmd.Context(), append(args, "")[0])
		},
	}
	cmd.Flags().Bool("none", false, "take the choice back")
	return cmd
}

// outputFormat returns the format of a list: "table" or "json".
func (a *app) outputFormat() (string, error) {
	switch format := a.flags["output"]; format {
	case "", "table":
		return "table", nil
	case "json":
		return format, nil
	default:
		return "", usagef("--output %s is no format: table or json", format)
	}
}

// printJSON writes a value as a program gets it.
func (a *app) printJSON(value any) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return err
	}
	_, err := a.stdout.Write(out.Bytes())
	return outputError(err)
}

// sessionWords names a session to a person.
func sessionWords(id cache.SessionID) string {
	return fmt.Sprintf("client %s at %s", text.Short(id.Client, 60), text.Short(id.Authority, 100))
}
