package main

import (
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
)

// Completions come from files alone: the config, the cache, the kubeconfigs. To complete a word is to ask
// nobody, to write nothing and to need no network, and what fails offers nothing. Other calls than that of
// the shell's script set none of it up.

// completer offers words for the value of a flag or for an argument.
type completer func(a *app, cmd *cobra.Command) []string

// flagCompleters are the flags whose values are known, by name; a name means the same for all commands. Any
// other flag that takes a value gets nothing, and neither file names.
func flagCompleters() map[string]completer {
	return map[string]completer{
		account:     (*app).completeAccounts,
		profile:     (*app).completeProfiles,
		clientID:    func(a *app, cmd *cobra.Command) []string { return a.completeSetting(cmd, clientID) },
		tenantID:    func(a *app, cmd *cobra.Command) []string { return a.completeSetting(cmd, tenantID) },
		"tenant":    func(a *app, cmd *cobra.Command) []string { return a.completeSetting(cmd, tenantID) },
		"context":   (*app).completeContexts,
		"user":      (*app).completeUsers,
		environment: completeClouds,
		prompt:      func(*app, *cobra.Command) []string { return []string{"auto", "always", "never"} },
		storage:     func(*app, *cobra.Command) []string { return strings.Split(storageNames(), ", ") },
		tokenKind:   func(*app, *cobra.Command) []string { return []string{string(cache.Access), string(cache.ID)} },
		"output":    completeFormats,
	}
}

// fileFlags are the flags that name a file or a folder.
func fileFlags() map[string]cobra.ShellCompDirective {
	return map[string]cobra.ShellCompDirective{
		configFile:     cobra.ShellCompDirectiveDefault,
		kubeconfigFlag: cobra.ShellCompDirectiveDefault,
		cacheDir:       cobra.ShellCompDirectiveFilterDirs,
	}
}

// argumentCompleters are the commands whose arguments are known, by their path below entralogin.
func argumentCompleters() map[string]completer {
	return map[string]completer{
		"account set":  (*app).completeAccounts,
		"account show": (*app).completeAccounts,
		"logout":       (*app).completeAccounts,
		"doctor":       func(_ *app, cmd *cobra.Command) []string { return cmd.ValidArgs },
		gitCredential:  func(*app, *cobra.Command) []string { return []string{"get", "store", "erase", "capability"} },
	}
}

// complete gives every command of the tree below root its completions.
func (a *app) complete(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.SetErr(io.Discard) // a shell shows nothing of it
	flags, files, arguments := flagCompleters(), fileFlags(), argumentCompleters()
	done := map[*pflag.Flag]bool{}
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		for _, set := range []*pflag.FlagSet{cmd.PersistentFlags(), cmd.LocalNonPersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) {
				if done[f] {
					return
				}
				done[f] = true
				_, f.Usage = pflag.UnquoteUsage(f) // it is shown as it is
				if f.NoOptDefVal != "" {
					return
				}
				directive, isFile := files[f.Name]
				if !isFile {
					directive = cobra.ShellCompDirectiveNoFileComp
				}
				_ = cmd.RegisterFlagCompletionFunc(f.Name, a.offer(flags[f.Name], directive))
			})
		}
		path := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
		switch {
		case path == "help":
			cmd.ValidArgsFunction = completeHelp
		case cmd.ValidArgsFunction == nil && cmd.Runnable():
			cmd.ValidArgsFunction = firstOnly(a.offer(arguments[path], cobra.ShellCompDirectiveNoFileComp))
		}
		for _, sub := range cmd.Commands() {
			each(sub)
		}
	}
	each(root)
}

// offer makes cobra's completion function of a completer, which may be nil.
func (a *app) offer(words completer, directive cobra.ShellCompDirective) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		if words == nil {
			return nil, directive
		}
		quiet := &app{stdin: a.stdin, stdout: io.Discard, stderr: io.Discard, lookup: a.lookup, now: a.now}
		_ = quiet.takeFlags(cmd.Flags())
		var fit []string
		for _, word := range words(quiet, cmd) {
			if strings.HasPrefix(strings.ToLower(word), strings.ToLower(begun)) && isPlainWord(word) {
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

// isPlainWord reports whether a shell takes word for one word and for nothing else. Who names a context or an
// account must not have a command line of their own.
func isPlainWord(word string) bool {
	if word == "" || strings.HasPrefix(word, "-") {
		return false
	}
	foreign := func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("._-@:/+%,=", r)
	}
	return !strings.ContainsFunc(word[:1], foreign) && !strings.ContainsFunc(strings.ReplaceAll(word, "#EXT#", ""), foreign)
}

func completeClouds(*app, *cobra.Command) []string {
	var names []string
	for _, c := range authority.Clouds() {
		names = append(names, c.Environment)
	}
	return names
}

// completeFormats offers the words that the help of --output lists: "format: table, json or yaml (default table)".
func completeFormats(_ *app, cmd *cobra.Command) []string {
	_, list, _ := strings.Cut(cmd.Flag("output").Usage, ": ")
	list, _, _ = strings.Cut(list, " (")
	return strings.Split(strings.ReplaceAll(list, " or ", ", "), ", ")
}

func (a *app) completeProfiles(*cobra.Command) []string {
	c, err := a.readConfig()
	if err != nil {
		return nil
	}
	return slices.Collect(maps.Keys(c.profiles))
}

func (a *app) completeAccounts(*cobra.Command) []string {
	var names []string
	for _, e := range a.completeStored() {
		names = append(names, e.Accounts...)
	}
	return names
}

// completeSetting offers a tenant or a client that the config file or the cache knows.
func (a *app) completeSetting(_ *cobra.Command, name string) []string {
	var values []string
	if c, err := a.readConfig(); err == nil {
		values = append(values, c.values[name])
		for _, p := range c.profiles {
			values = append(values, p[name])
		}
	}
	for _, e := range a.completeStored() {
		values = append(values, map[string]string{clientID: e.Client, tenantID: e.Tenant}[name])
	}
	return values
}

// completeStored lists what is stored. It asks no keyring, which might ask the person in turn.
func (a *app) completeStored() []cache.Entry {
	s, _, err := a.settings()
	if err != nil {
		return nil
	}
	st, err := a.store(s)
	if err != nil || st.Dir == "" {
		return nil
	}
	st.Note = func(string) {}
	st.Locate()
	if kind, err := st.InForce(); err != nil || kind == cache.Keyring {
		return nil
	}
	return st.List()
}

func (a *app) completeContexts(*cobra.Command) []string {
	files, err := a.loadKubeconfig(false)
	if err != nil {
		return nil
	}
	return slices.Collect(maps.Keys(files.Contexts))
}

func (a *app) completeUsers(*cobra.Command) []string {
	files, err := a.loadKubeconfig(false)
	if err != nil {
		return nil
	}
	return slices.Collect(maps.Keys(files.Users))
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
