package main

import "github.com/spf13/cobra"

func (a *app) accountCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "account",
		Short: "See and choose among the accounts that have signed in",
		Long: `Account shows who has signed in on this machine, which account a call would use
and why, and keeps a choice where several fit.`,
		Example: `  entralogin account list
  entralogin account show`,
		Args: needSubcommand,
		RunE: needSubcommand,
	}
	return group
}
