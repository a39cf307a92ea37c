// Package configcmd is the command config: it shows and changes the config file.
package configcmd

import (
	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
)

// New makes the command config.
func New(f *cli.Factory) *cobra.Command {
	group := &cobra.Command{
		Use:   "config",
		Short: "See and change the settings in the config file",
		Long: `Config shows the settings that are in force, and changes the config file. What it
writes has been read by the program's own reader first; all other lines of the
file stay as they are, comments included.

A KEY is the name of a setting: tenant-id. What has entries has keys of several
parts: profiles.work.account, tenants.contoso.example.login,
authorities.login.example.com.ca-file, hosts.git.example.com.scope; for an
organization of Azure DevOps hosts.dev.azure.com/fabrikam.account.`,
		Example: `  entralogin config set tenant-id contoso.onmicrosoft.com
  entralogin config list`,
		Args: cli.NeedSubcommand,
		RunE: cli.NeedSubcommand,
	}
	group.SuggestionsMinimumDistance = 2
	group.AddCommand(newGet(f), newSet(f), newUnset(f), newList(f), newPath(f), newEdit(f))
	return group
}

func newGet(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "get KEY",
		Short: "Print the value of a setting",
		Long: `Get prints the value that is in force, whether it comes from a flag, a variable,
a profile or the config file; of profiles, tenants, hosts, registries and
authorities what stands in the file. Each value of a list has a line of its own.
A setting that is not set ends with exit code 1.`,
		Example: `  entralogin config get tenant-id
  entralogin config get profiles.work.account`,
		Args: oneKey,
		RunE: func(_ *cobra.Command, args []string) error { return get(f, args[0]) },
	}
}

func newSet(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "set KEY VALUE...",
		Short: "Write a setting into the config file",
		Long: `Set writes a setting into the config file, which is made if it is not there. A
value that the program would refuse is refused, and nothing is written. A list
(allow-env, allow-resources, agent.allow, agent.tenants, scope) takes several
values; so does subscriptions, each of them "ID TENANT NAME". --profile NAME
writes the setting below that profile.`,
		Example: `  entralogin config set tenant-id contoso.onmicrosoft.com
  entralogin config set account alice@contoso.example --profile work
  entralogin config set authorities.login.example.com.ca-file /etc/ssl/example.pem`,
		Args: keyAndValues,
		RunE: func(cmd *cobra.Command, args []string) error {
			return change(cmd.Context(), f, config.Set(args[0], args[1:]...))
		},
	}
}

func newUnset(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "unset KEY",
		Short: "Take a setting out of the config file",
		Long: `Unset takes a setting out of the config file, or a whole entry: profiles.work. An
entry goes with its last setting. --profile NAME takes it out of that profile.`,
		Example: `  entralogin config unset prompt
  entralogin config unset profiles.work`,
		Args: oneKey,
		RunE: func(cmd *cobra.Command, args []string) error {
			return change(cmd.Context(), f, config.Unset(args[0]))
		},
	}
}

func newList(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the settings, and where each comes from",
		Long: `List shows each setting that is in force with the flag, the variable, the profile
or the file that it comes from, and what else stands in the config file: other
profiles, tenants, hosts, registries, authorities. --all adds the settings that
are not set, with their defaults.`,
		Example: `  entralogin config list
  entralogin config list --profile work -o json`,
		Args: cli.NoArguments,
	}
	format := cli.OutputFlag(cmd.Flags())
	all := cmd.Flags().Bool("all", false, "show settings that are not set, too, with their defaults")
	cmd.RunE = func(*cobra.Command, []string) error { return list(f, *format, *all) }
	return cmd
}

func newPath(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "path",
		Short:   "Print the path of the config file",
		Long:    `Path prints the path of the config file in force, and says if it is not there yet.`,
		Example: `  ls -l "$(entralogin config path)"`,
		Args:    cli.NoArguments,
		RunE:    func(*cobra.Command, []string) error { return showPath(f) },
	}
}

func newEdit(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "edit",
		Short: "Change the config file in your editor",
		Long: `Edit opens a copy of the config file in $VISUAL, $EDITOR or vi. What the program
would refuse is not taken: you can edit it again, or keep the copy for later. The
file changes in one step, and not at all where another program has changed it
meanwhile. It needs a terminal.`,
		Example: `  entralogin config edit
  EDITOR="code --wait" entralogin config edit`,
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return edit(cmd.Context(), f) },
	}
}

func oneKey(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return cli.Usagef("%s takes one key, such as tenant-id", cmd.CommandPath())
	}
	return nil
}
