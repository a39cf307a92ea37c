package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/git"
)

func (a *app) gitCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "git",
		Short:   "Set up git, and check what it does",
		Example: `  entralogin git setup`,
		Args:    needSubcommand,
		RunE:    needSubcommand,
	}
	cmd.AddCommand(a.gitSetupCommand(), a.gitUnsetCommand(), a.gitCheckCommand())
	return cmd
}

// gitEdit is a change of git's configuration.
type gitEdit struct {
	file      string // --global, --local or --system
	hosts     []string
	dryRun    bool
	overwrite bool
}

func gitEditFlags(cmd *cobra.Command, e *gitEdit) {
	f := cmd.Flags()
	f.StringSliceVar(&e.hosts, "host", nil, "`host`, instead of Azure DevOps and all of the config's; may be given several times")
	f.Bool("global", false, "change the configuration of your account (default)")
	f.Bool("local", false, "change the configuration of this repository")
	f.Bool("system", false, "change the configuration of this machine")
	f.BoolVar(&e.dryRun, "dry-run", false, "print the calls of git config and make none")
}

func (a *app) gitSetupCommand() *cobra.Command {
	var e gitEdit
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Have git run entralogin for Azure DevOps and the config's hosts",
		Long: `Setup writes into git's configuration, for Azure DevOps and for the hosts: of the
config file alone, that entralogin is the helper. An empty helper in front of it
resets the chain for these hosts, so that no other helper, such as a global
"store", gets to see a token. For dev.azure.com it sets useHttpPath, too: the
path says which organization is meant.

Running it twice changes nothing. What another program put there is left alone
without --overwrite. "entralogin git unset" takes it back.`,
		Example: `  entralogin git setup
  entralogin git setup --dry-run
  entralogin git setup --local --host dev.azure.com`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.gitSetup(cmd.Context(), e) },
	}
	gitEditFlags(cmd, &e)
	cmd.Flags().BoolVar(&e.overwrite, "overwrite", false, "replace what another program put there")
	return cmd
}

func (a *app) gitUnsetCommand() *cobra.Command {
	var e gitEdit
	cmd := &cobra.Command{
		Use:     "unset",
		Short:   "Take back what git setup wrote",
		Long:    "Unset removes what \"entralogin git setup\" wrote, and nothing else.",
		Example: `  entralogin git unset`,
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.gitUnset(cmd.Context(), e) },
	}
	gitEditFlags(cmd, &e)
	return cmd
}

// gitSetup writes the settings that differ, and anew those behind which another helper was put since.
func (a *app) gitSetup(ctx context.Context, e gitEdit) error {
	path, err := a.ownPath()
	if err != nil {
		return err
	}
	file, err := a.gitFile()
	if err != nil {
		return err
	}
	helpers, err := gitHelpers(ctx, file)
	if err != nil {
		return err
	}
	return a.editGit(ctx, e, path, func(s git.Setting, have []string) ([][]string, error) {
		calls, err := s.Setup(have, e.overwrite)
		if err == nil && len(calls) == 0 && git.Overheard(hostOf(s), helpers) {
			return s.Anew(), nil
		}
		var conflict *git.ConflictError
		if errors.As(err, &conflict) {
			return nil, &configError{name: "git's configuration", what: "has another helper: " + err.Error(),
				hint: "To put entralogin in its place: entralogin git setup --overwrite. Nothing was changed."}
		}
		return calls, err
	})
}

// hostOf is the host that a setting is about.
func hostOf(s git.Setting) string {
	key := strings.TrimPrefix(s.Key, "credential.https://")
	return key[:strings.LastIndex(key, ".")]
}

// gitHelpers are all helpers in one of git's files, in their order.
func gitHelpers(ctx context.Context, file string) ([]git.Setting, error) {
	lines, err := gitValues(ctx, file, "--get-regexp", `^credential\.(.*\.)?helper$`)
	var helpers []git.Setting
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "\n")
		helpers = append(helpers, git.Setting{Key: key, Values: []string{value}})
	}
	return helpers, err
}

func (a *app) gitUnset(ctx context.Context, e gitEdit) error {
	path, err := a.ownPath()
	if err != nil {
		return err
	}
	helpers := map[string]bool{} // the hosts whose helper is ours; other programs set useHttpPath, too
	return a.editGit(ctx, e, path, func(s git.Setting, have []string) ([][]string, error) {
		host, helper := strings.CutSuffix(s.Key, ".helper")
		calls := s.Unset(have)
		if helper {
			helpers[host] = len(calls) > 0
		} else if !helpers[strings.TrimSuffix(s.Key, ".useHttpPath")] {
			return nil, nil
		}
		return calls, nil
	})
}

// editGit plans all of the change before it makes any of it. path is where entralogin lies.
func (a *app) editGit(ctx context.Context, e gitEdit, path string, plan func(git.Setting, []string) ([][]string, error)) (err error) {
	if e.file, err = a.gitFile(); err != nil {
		return err
	}
	names, err := a.gitHosts(e.hosts)
	if err != nil {
		return err
	}
	var calls [][]string
	for _, name := range names {
		for _, setting := range git.SetupSettings(name, git.HelperCommand(path)) {
			have, err := gitValues(ctx, e.file, "--get-all", setting.Key)
			if err != nil {
				return err
			}
			more, err := plan(setting, have)
			if err != nil {
				return err
			}
			calls = append(calls, more...)
		}
	}
	// A section that is emptied first is written at the end of the file, behind all other helpers.
	slices.SortStableFunc(calls, func(a, b []string) int { return strings.Compare(b[0], a[0]) })
	return a.runGit(ctx, e, calls)
}

// runGit makes the calls of git config, or shows them.
func (a *app) runGit(ctx context.Context, e gitEdit, calls [][]string) error {
	var done strings.Builder
	for _, call := range calls {
		call = append([]string{e.file}, call...)
		fmt.Fprintln(&done, shellWords(append([]string{"git", "config"}, call...)))
		if e.dryRun {
			continue
		}
		if _, err := gitConfigCall(ctx, call...); err != nil {
			return err
		}
	}
	if len(calls) == 0 {
		done.WriteString("Nothing to change.\n")
	}
	_, err := fmt.Fprint(a.stdout, done.String())
	return outputError(err)
}

// gitFile is which of git's files is meant.
func (a *app) gitFile() (string, error) {
	var given []string
	for _, name := range []string{"global", "local", "system"} {
		if a.flags[name] == "true" {
			given = append(given, "--"+name)
		}
	}
	switch len(given) {
	case 0:
		return "--global", nil
	case 1:
		return given[0], nil
	}
	return "", usagef("%s: only one file can be meant", strings.Join(given, " and "))
}

// gitHosts are the hosts that are meant, as git's configuration names them. A host that get would be silent
// about is refused: git would be left without any helper for it.
func (a *app) gitHosts(named []string) ([]string, error) {
	c, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	all := git.AzureHosts()
	for _, h := range c.hosts {
		if !git.Find(git.Input{Protocol: "https", Host: h.Host}, nil).Ours && !slices.Contains(all, h.Host) {
			all = append(all, h.Host)
		}
	}
	if len(named) == 0 {
		return all, nil
	}
	var names []string
	for _, name := range named {
		name = strings.ToLower(name)
		place := git.Find(git.Input{Protocol: "https", Host: name}, c.hosts)
		if !slices.Contains(all, name) && !place.Ours {
			return nil, &configError{name: "host", origin: "--host", what: fmt.Sprintf("names %q, for which entralogin has no token", name),
				hint: "Add it to hosts: in the config file (entralogin help config)."}
		}
		names = append(names, name)
	}
	return names, nil
}
