package root

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// elsewhere are the words that other programs have for what a command of ours does.
func elsewhere() map[string]string {
	return map[string]string{
		"auth": "status", "auth login": "login", "auth logout": "logout", "auth token": "get-token", "me": "graph me", "profile": "graph me",
		"token": "get-token", "get-access-token": "account get-access-token", "list": "account list",
		"sign-in": "login", "signout": "logout", "sign-out": "logout",
		"configure": "init", "set": "config set", "get": "config get", "unset": "config unset", "edit": "config edit",
		"convert-kubeconfig": "kubeconfig convert", "setup": "git setup", "check": "kubeconfig check",
	}
}

// noCommand refuses words that are no command, with the one that may be meant.
func noCommand(root *cobra.Command, args []string) error {
	for n := min(2, len(args)); n > 0; n-- {
		words := strings.Join(args[:n], " ")
		if ours, ok := elsewhere()[strings.ToLower(words)]; ok {
			return cli.Usagef("%q is no command of entralogin; did you mean %q?", text.Short(words, 40), "entralogin "+ours)
		}
	}
	return cli.NoArguments(root, args)
}

// flagsElsewhere are flags that say what a cluster is, by what says the same to commands that know of none.
func flagsElsewhere() map[string]string {
	return map[string]string{config.ServerID: config.Scope + " SERVER_ID/.default"}
}

// nearFlag adds to the error of a flag that is unknown the one that may be meant.
func nearFlag(cmd *cobra.Command, err error) error {
	unknown, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	if ours, there, _ := strings.Cut(flagsElsewhere()[unknown.GetSpecifiedName()], " "); cmd.Flags().Lookup(ours) != nil {
		return cli.Usagef("%w, which is for clusters; did you mean --%s %s?", err, ours, there)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden || cmd.InheritedFlags().Lookup(f.Name) != nil { // those of machines, which --help leaves to a page
			names = append(names, f.Name)
		}
	})
	if near := text.Nearest(unknown.GetSpecifiedName(), names); near != "" {
		return cli.Usagef("%w; did you mean --%s?", err, near)
	}
	return err
}

// refusePage refuses arguments of a page of help, which looks like a command: "network check".
func refusePage(root *cobra.Command, args []string) error {
	cmd, rest, err := root.Find(args)
	if err != nil || !cmd.IsAdditionalHelpTopicCommand() || !cmd.HasParent() {
		return nil
	}
	for _, word := range rest {
		if !strings.HasPrefix(word, "-") {
			return cli.Usagef("%q is no command but a page of help, and takes no %q: entralogin help %s shows it",
				cmd.CommandPath(), text.Short(word, 40), cmd.Name())
		}
	}
	return nil
}

// strictHelp has "help" refuse what there is no command and no page for.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil || help == root {
		return
	}
	help.Run = nil
	help.RunE = func(_ *cobra.Command, args []string) error {
		cmd, rest, err := root.Find(args)
		if err == nil && len(rest) == 0 {
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		}
		var names []string
		for _, known := range root.Commands() {
			names = append(names, known.Name())
		}
		word := text.Short(strings.Join(args, " "), 60)
		if near := text.Nearest(args[0], names); near != "" && near != args[0] {
			return cli.Usagef("there is no command and no page %q; did you mean %q?", word, "entralogin help "+near)
		}
		return cli.Usagef("there is no command and no page %q", word)
	}
}
