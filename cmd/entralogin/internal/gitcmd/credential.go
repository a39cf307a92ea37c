// Package gitcmd are the commands git-credential, which git runs, and git, which sets that up.
package gitcmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/git"
)

// Credential is the name of the command that git runs.
const Credential = calls.GitCredential

// NewCredential makes the command git-credential.
func NewCredential(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   Credential + " get|store|erase|capability",
		Short: "Answer git as a credential helper",
		Long: `Git-credential is the credential helper: git runs it, says on standard input
which host it wants to sign in at, and gets a token for Azure DevOps and for the
hosts of the config file. To all other hosts it says nothing. "entralogin git
setup" has git run it.

  get         a token; a person is asked where nobody has signed in yet
  store       nothing: what is worth keeping is kept already
  erase       forgets the very token that was refused: the next get renews it
  capability  what the helper is capable of`,
		Example: `  git clone https://dev.azure.com/contoso/project/_git/repository
  printf 'protocol=https\nhost=dev.azure.com\npath=contoso\n\n' | entralogin git-credential get`,
		Args: func(_ *cobra.Command, args []string) error {
			_, err := calls.GitOperation(args)
			return err
		},
		RunE: func(cmd *cobra.Command, args []string) error { return answerGit(cmd.Context(), f, args[0]) },
	}
}

// answerGit runs one operation. One that is not known is for a newer helper, and none of ours:
// https://git-scm.com/docs/gitcredentials#_custom_helpers
func answerGit(ctx context.Context, f *cli.Factory, operation string) error {
	var run func(context.Context, *cli.Factory, calls.Git) error
	switch operation {
	case "capability":
		return f.Answer(git.Capability())
	case "get":
		run = get
	case "erase":
		run = erase
	case "store":
		_, err := readInput(f)
		return err
	default:
		return nil
	}
	in, err := readInput(f)
	if err != nil {
		return err
	}
	call, err := calls.FindGit(ctx, f, f.Flags, in)
	switch {
	case err != nil && call.Place.Ours && operation == "get":
		return quit(f, err)
	case err != nil:
		return err
	}
	for _, note := range call.Notes {
		f.Err.Warn(note)
	}
	return run(ctx, f, call)
}

// readInput reads what git says.
func readInput(f *cli.Factory) (git.Input, error) {
	return calls.ReadInput(f, git.ReadInput, func(what string) error { return &git.InputError{What: what} })
}
