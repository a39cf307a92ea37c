package gitcmd

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git"
)

func newSetup(f *cli.Factory) *cobra.Command {
	var e edit
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
		Args: cli.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return setup(cmd.Context(), f, e) },
	}
	e.flags(cmd.Flags())
	cmd.Flags().BoolVar(&e.overwrite, "overwrite", false, "replace what another program put there")
	return cmd
}

func newUnset(f *cli.Factory) *cobra.Command {
	var e edit
	cmd := &cobra.Command{
		Use:     "unset",
		Short:   "Take back what git setup wrote",
		Long:    "Unset removes what \"entralogin git setup\" wrote, and nothing else.",
		Example: `  entralogin git unset`,
		Args:    cli.NoArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return unset(cmd.Context(), f, e) },
	}
	e.flags(cmd.Flags())
	return cmd
}

// setup writes the settings that differ, and anew those behind which another helper was put since.
func setup(ctx context.Context, f *cli.Factory, e edit) error {
	path, err := proc.OwnPath()
	if err != nil {
		return err
	}
	file, err := e.file()
	if err != nil {
		return err
	}
	helpers, err := helpersIn(ctx, file)
	if err != nil {
		return err
	}
	return e.run(ctx, f, path, func(s git.Setting, have []string) ([][]string, error) {
		calls, err := s.Setup(have, e.overwrite)
		if err == nil && len(calls) == 0 && git.Overheard(hostOf(s), helpers) {
			return s.Anew(), nil
		}
		var conflict *git.ConflictError
		if errors.As(err, &conflict) {
			return nil, &config.Error{Name: "git's configuration", What: "has another helper: " + err.Error(),
				Hint: "To put entralogin in its place: entralogin git setup --overwrite. Nothing was changed."}
		}
		return calls, err
	})
}

// hostOf is the host that a setting is about.
func hostOf(s git.Setting) string {
	key := strings.TrimPrefix(s.Key, "credential.https://")
	return key[:strings.LastIndex(key, ".")]
}

// helpersIn are all helpers in one of git's files, in their order.
func helpersIn(ctx context.Context, file string) ([]git.Setting, error) {
	lines, err := calls.GitValues(ctx, file, "--get-regexp", `^credential\.(.*\.)?helper$`)
	var helpers []git.Setting
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "\n")
		helpers = append(helpers, git.Setting{Key: key, Values: []string{value}})
	}
	return helpers, err
}

func unset(ctx context.Context, f *cli.Factory, e edit) error {
	path, err := proc.OwnPath()
	if err != nil {
		return err
	}
	helpers := map[string]bool{} // the hosts whose helper is ours; other programs set useHttpPath, too
	return e.run(ctx, f, path, func(s git.Setting, have []string) ([][]string, error) {
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
