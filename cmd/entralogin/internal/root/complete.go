package root

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/dockercmd"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/gitcmd"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/docker"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// Completions come from files alone: the config, the cache, the kubeconfigs. To complete a word is to ask
// nobody, to write nothing and to need no network, and what fails offers nothing. Other calls than that of
// the shell's script set none of it up.

// completer offers words for the value of a flag or for an argument.
type completer func(f *cli.Factory, cmd *cobra.Command) []string

// flagCompleters are the flags whose values are known, by name; a name means the same for all commands. Any
// other flag that takes a value gets nothing, and neither file names.
func flagCompleters() map[string]completer {
	return map[string]completer{
		config.Account:     completeAccounts,
		config.Profile:     completeProfiles,
		config.ClientID:    completeSetting(config.ClientID),
		config.TenantID:    completeSetting(config.TenantID),
		"tenant":           completeSetting(config.TenantID),
		"context":          completeContexts,
		"user":             completeUsers,
		config.Environment: completeClouds,
		config.Prompt:      words("auto", "always", "never"),
		config.Login:       words(slices.Concat([]string{config.Auto}, config.Methods(), config.MachineLogins())...),
		config.Storage:     words(strings.Split(config.StorageNames(), ", ")...),
		config.TokenKind:   words(string(cache.Access), string(cache.ID)),
		"output":           completeFormats,
		"allow":            completeResources,
		"confirm":          words(config.Confirms()...),
	}
}

// fileFlags are the flags that name a file or a folder.
func fileFlags() map[string]cobra.ShellCompDirective {
	return map[string]cobra.ShellCompDirective{
		config.ConfigFile:    cobra.ShellCompDirectiveDefault,
		calls.KubeconfigFlag: cobra.ShellCompDirectiveDefault,
		config.CacheDir:      cobra.ShellCompDirectiveFilterDirs,

		config.ClientSecretFile:  cobra.ShellCompDirectiveDefault,
		config.ClientCertificate: cobra.ShellCompDirectiveDefault,
		config.AssertionFile:     cobra.ShellCompDirectiveDefault,
		config.AzureConfigDir:    cobra.ShellCompDirectiveFilterDirs,
	}
}

// argumentCompleters are the commands whose arguments are known, by their path below entralogin.
func argumentCompleters() map[string]completer {
	return map[string]completer{
		"account set":        completeAccounts,
		"account show":       completeAccounts,
		"config get":         completeKeys,
		"config set":         completeKeys,
		"config unset":       completeKeys,
		"logout":             completeAccounts,
		"graph get":          words("/me", "/me/manager", "/me/memberOf", "/users", "/groups"),
		"status":             func(_ *cli.Factory, cmd *cobra.Command) []string { return cmd.ValidArgs },
		"doctor":             func(_ *cli.Factory, cmd *cobra.Command) []string { return cmd.ValidArgs },
		gitcmd.Credential:    words("get", "store", "erase", "capability"),
		dockercmd.Credential: words(docker.Operations()...),
	}
}

// words completes to what is known beforehand.
func words(known ...string) completer {
	return func(*cli.Factory, *cobra.Command) []string { return known }
}

// complete gives every command of the tree below root its completions.
func complete(f *cli.Factory, root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.SetErr(io.Discard) // a shell shows nothing of it
	f.Err.Out = io.Discard
	flags, files, arguments := flagCompleters(), fileFlags(), argumentCompleters()
	done := map[*pflag.Flag]bool{}
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		for _, set := range []*pflag.FlagSet{cmd.PersistentFlags(), cmd.LocalNonPersistentFlags()} {
			set.VisitAll(func(g *pflag.Flag) {
				if done[g] {
					return
				}
				done[g] = true
				_, g.Usage = pflag.UnquoteUsage(g) // it is shown as it is
				if g.NoOptDefVal != "" {
					return
				}
				directive, isFile := files[g.Name]
				if !isFile {
					directive = cobra.ShellCompDirectiveNoFileComp
				}
				_ = cmd.RegisterFlagCompletionFunc(g.Name, offer(f, flags[g.Name], directive))
			})
		}
		path := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
		switch {
		case path == "help":
			cmd.ValidArgsFunction = completeHelp
		case cmd.ValidArgsFunction == nil && cmd.Runnable():
			cmd.ValidArgsFunction = firstOnly(offer(f, arguments[path], cobra.ShellCompDirectiveNoFileComp))
		}
		for _, sub := range cmd.Commands() {
			each(sub)
		}
	}
	each(root)
}

// offer makes cobra's completion function of a completer, which may be nil.
func offer(f *cli.Factory, words completer, directive cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		if words == nil {
			return nil, directive
		}
		f.Flags, _ = cli.Given(cmd.Flags())
		var fit []string
		for _, word := range words(f, cmd) {
			if strings.HasPrefix(strings.ToLower(word), strings.ToLower(begun)) && text.IsPlain(word) {
				fit = append(fit, word)
			}
		}
		slices.Sort(fit)
		return slices.Compact(fit), directive
	}
}

// firstOnly offers nothing for a second argument: no command takes one.
func firstOnly(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return complete(cmd, args, begun)
	}
}

func completeResources(*cli.Factory, *cobra.Command) []string {
	var names []string
	for _, w := range server.ResourceWords() {
		names = append(names, w[0])
	}
	return names
}

func completeClouds(*cli.Factory, *cobra.Command) []string {
	var names []string
	for _, c := range authority.Clouds() {
		names = append(names, c.Environment)
	}
	return names
}

// completeFormats offers the words that the help of --output lists: "format: table, json or yaml (default table)".
func completeFormats(_ *cli.Factory, cmd *cobra.Command) []string {
	_, list, _ := strings.Cut(cmd.Flag("output").Usage, ": ")
	list, _, _ = strings.Cut(list, " (")
	return strings.Split(strings.ReplaceAll(list, " or ", ", "), ", ")
}

func completeKeys(f *cli.Factory, _ *cobra.Command) []string {
	s, err := f.Settings(f.Call())
	if err != nil {
		return nil
	}
	return s.File.Keys()
}

func completeProfiles(f *cli.Factory, _ *cobra.Command) []string {
	s, err := f.Settings(f.Call())
	if err != nil {
		return nil
	}
	return slices.Collect(maps.Keys(s.File.Profiles))
}

func completeAccounts(f *cli.Factory, _ *cobra.Command) []string {
	var names []string
	for _, e := range completeStored(f) {
		names = append(names, e.Accounts...)
	}
	return names
}

// completeSetting offers a tenant or a client that the config file or the cache knows.
func completeSetting(name string) completer {
	return func(f *cli.Factory, _ *cobra.Command) (values []string) {
		if s, err := f.Settings(f.Call()); err == nil {
			values = append(values, s.File.Values[name])
			for _, p := range s.File.Profiles {
				values = append(values, p[name])
			}
		}
		for _, e := range completeStored(f) {
			values = append(values, map[string]string{config.ClientID: e.Client, config.TenantID: e.Tenant}[name])
		}
		return values
	}
}

// completeStored lists what is stored. It asks no keyring, which might ask the person in turn.
func completeStored(f *cli.Factory) []cache.Entry {
	st, err := f.Cache()
	if err != nil {
		return nil
	}
	if kind, err := st.InForce(); err != nil || kind == cache.Keyring {
		return nil
	}
	return st.List()
}

func completeContexts(f *cli.Factory, cmd *cobra.Command) []string {
	return slices.Collect(maps.Keys(kubeconfigOf(f, cmd).Contexts))
}

func completeUsers(f *cli.Factory, cmd *cobra.Command) []string {
	return slices.Collect(maps.Keys(kubeconfigOf(f, cmd).AuthInfos))
}

// kubeconfigOf is the kubeconfig that a command line means, empty where it can't be read.
func kubeconfigOf(f *cli.Factory, cmd *cobra.Command) *kubeconfig.Config {
	named, _ := cmd.Flags().GetString(calls.KubeconfigFlag)
	files, err := calls.Kubeconfig(f, named)
	if err != nil {
		return new(kubeconfig.Config)
	}
	return files
}

// completeHelp offers commands and, at the top, the topics.
func completeHelp(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	at, rest, err := cmd.Root().Find(args)
	if err != nil || len(rest) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, sub := range at.Commands() {
		if !sub.Hidden && sub != cmd && strings.HasPrefix(sub.Name(), begun) {
			names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
