package main

import (
	"embed"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin/text"
)

//go:embed docs/*.md
var docs embed.FS

// rootCommand builds the command line whole.
func (a *app) rootCommand() *cobra.Command {
	root := a.bareRoot()
	commands := a.commands()
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		root.AddCommand(commands[name]())
	}
	for _, topic := range helpTopics() {
		if commands[topic.Name()] == nil { // the page of a command stands below its help
			root.AddCommand(topic)
		}
	}
	return root
}

// commands are the constructors of the commands.
func (a *app) commands() map[string]func() *cobra.Command {
	return map[string]func() *cobra.Command{
		"account":     a.accountCommand,
		"app":         a.appCommand,
		"cache":       a.cacheCommand,
		"completion":  a.completionCommand,
		"doctor":      a.doctorCommand,
		"get-token":   a.getTokenCommand,
		"git":         a.gitCommand,
		gitCredential: a.gitCredentialCommand,
		"graph":       a.graphCommand,
		"kubeconfig":  a.kubeconfigCommand,
		"login":       a.loginCommand,
		"logout":      a.logoutCommand,
		"version":     a.versionCommand,
		"whoami":      a.whoamiCommand,
	}
}

// rootFor builds as much of the command line as args need: kubectl waits for get-token, and the other
// commands and help pages cost more time than its token file.
func (a *app) rootFor(args []string) *cobra.Command {
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		root := a.rootCommand()
		a.complete(root)
		return root
	}
	if len(args) == 0 || a.commands()[args[0]] == nil {
		return a.rootCommand()
	}
	root := a.bareRoot()
	root.AddCommand(a.commands()[args[0]]())
	return root
}

// bareRoot is what all commands share.
func (a *app) bareRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "entralogin",
		Short: "Hand Microsoft Entra ID tokens to kubectl, to git and to a person",
		Long: `Entralogin signs in to Microsoft Entra ID with the device code flow, keeps the
session, and hands out tokens: to kubectl as an exec credential plugin, to git
as a credential helper, and to a person. After the first sign-in a call answers
from one small file.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetHelpFunc(a.help(root.HelpFunc()))
	root.SuggestionsMinimumDistance = 2
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.takeFlags(cmd.Flags()) }
	a.sharedFlags(root.PersistentFlags())
	return root
}

func (a *app) sharedFlags(f *pflag.FlagSet) {
	f.StringP(tenantID, "t", "", "tenant `ID`: a GUID or a domain name")
	f.String(clientID, "", "application (client) `ID` that signs in")
	f.StringP(environment, "e", "", "`cloud`: "+cloudChoice())
	f.String(authorityHost, "", "sign-in `service`, https://HOST: one of the clouds', or one of the config's authorities")
	f.String(account, "", "user `name` of the account, where several have signed in")
	f.String(prompt, "", "`when` to ask for a sign-in: auto, always or never (default auto)")
	f.Bool(qrCode, false, "draw the address of the sign-in page as a QR code, on a terminal")
	f.String(promptTimeout, "", "`time` after which a prompt ends, such as 90s (default: when its code ends)")
	f.String(cacheDir, "", "`folder` of tokens and sessions (default $XDG_CACHE_HOME/entralogin)")
	f.String(profile, "", "`name` of a profile of the config file: a set of these settings")
	f.String(configFile, "", "config `file` (default $XDG_CONFIG_HOME/entralogin/config.yaml)")
	f.CountVarP(&a.verbose, "verbose", "v", "say what is decided; twice: each request")
}

// takeFlags notes which flags were given. A flag that was given empty is a slip, such as an unset variable
// in a script, and never means the default.
func (a *app) takeFlags(f *pflag.FlagSet) error {
	a.flags = flagLayer{}
	var failed error
	f.Visit(func(g *pflag.Flag) {
		value := g.Value.String()
		if list, ok := g.Value.(pflag.SliceValue); ok {
			words := list.GetSlice()
			value = strings.Join(words, " ")
			for _, w := range words {
				if hasSpace(w) && g.Value.Type() == "stringSlice" {
					failed = usagef("--%s has an empty value, or one with a space: give the flag once for each", g.Name)
				}
			}
		}
		switch {
		case value == "":
			failed = usagef("--%s is empty", g.Name)
		case value != text.Clean(value):
			failed = usagef("--%s has control or invisible characters in its value %q", g.Name, text.Short(value, 80))
		}
		a.flags[g.Name] = value
	})
	return failed
}

// settings returns the layers that all commands share, and the config file.
func (a *app) settings() (settings, *config, error) {
	c, err := a.readConfig()
	if err != nil {
		return nil, nil, err
	}
	s := settings{a.flags.layer(), envLayer(a.getenv), mapLayer(c.path, c.values)}
	s, err = s.withProfile(c)
	return s, c, err
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	word := text.Short(args[0], 40)
	if near := cmd.SuggestionsFor(args[0]); cmd.HasSubCommands() && len(near) > 0 {
		return usagef("%q is no command of %s; did you mean %q?", word, cmd.CommandPath(), near[0])
	}
	if cmd.HasSubCommands() {
		return usagef("%q is no command of %s", word, cmd.CommandPath())
	}
	return usagef("%s takes no argument %q", cmd.CommandPath(), word)
}

// helpTopics makes a help page of each file in docs: "entralogin help config".
func helpTopics() []*cobra.Command {
	entries, err := fs.ReadDir(docs, "docs")
	if err != nil {
		return nil
	}
	var topics []*cobra.Command
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".md")
		text, err := docs.ReadFile("docs/" + e.Name())
		if err != nil {
			continue
		}
		title, _, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		topics = append(topics, &cobra.Command{Use: name, Short: title, Long: strings.TrimSpace(string(text))})
	}
	return topics
}

// needSubcommand turns a missing choice of subcommand into an error instead of a help text on stdout.
func needSubcommand(cmd *cobra.Command, args []string) error {
	if err := noArguments(cmd, args); err != nil {
		return err
	}
	return usagef("%s needs one of its commands; see \"%s --help\"", cmd.CommandPath(), cmd.CommandPath())
}
