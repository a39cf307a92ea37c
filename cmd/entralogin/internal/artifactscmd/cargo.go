package artifactscmd

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/cargo"
)

func newCargo(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cargo",
		Short: "Hand cargo the token for a feed",
		Long: `Cargo is run by cargo, as a credential provider. In ~/.cargo/config.toml:

  [registry]
  global-credential-providers = ["cargo:token", "entralogin"]

Then "cargo login --registry NAME" signs in, as does whatever needs a token
first. Other registries are left to the providers in front of it. For one
registry alone, with settings of its own, below its [registries.NAME]:

  credential-provider = ["entralogin", "--account", "alice@contoso.com"]

Without --cargo-plugin it prints the token for the feed of the variable
CARGO_REGISTRY_INDEX_URL, as cargo:token-from-stdout takes it.`,
		Example: `  cargo login --registry contoso    runs it
  CARGO_REGISTRY_INDEX_URL=sparse+https://... entralogin artifacts cargo`,
		Args: cli.NoArguments,
	}
	talks := cmd.Flags().Bool(cargo.Flag[len("--"):], false, "answer cargo on standard input; cargo gives it itself")
	f.HandOverFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *talks {
			return talkToCargo(cmd.Context(), f)
		}
		return printForCargo(cmd.Context(), f)
	}
	return cmd
}

// printForCargo prints what cargo sends to the registry that it names.
func printForCargo(ctx context.Context, f *cli.Factory) error {
	index := f.Getenv(cargo.IndexVariable)
	if index == "" {
		return cli.Usagef("%s is not set: cargo names the registry there for a program that it runs with cargo:token-from-stdout", cargo.IndexVariable)
	}
	feed, err := findFeed(index)
	if err != nil {
		return err
	}
	h, err := token(ctx, f, feed, "cargo")
	if err != nil {
		return err
	}
	var answer bytes.Buffer
	if err := cargo.Print(&answer, h.Token); err != nil {
		return err
	}
	return cli.AnswerToken(f, h, answer.Bytes(), route.Token)
}
