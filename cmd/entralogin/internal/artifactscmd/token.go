package artifactscmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

func newToken(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token FEED",
		Short: "Print a token for a feed",
		Long: `Token prints a token for a feed, or for all feeds of an organization
(https://pkgs.dev.azure.com/ORGANIZATION). It is the password of the feed; any
user name goes with it. Maven, Gradle and others take it from a variable.`,
		Example: `  export FEED_TOKEN=$(entralogin artifacts token https://pkgs.dev.azure.com/contoso)`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return cli.Usagef("artifacts token takes one feed, such as https://pkgs.dev.azure.com/ORGANIZATION")
		},
		RunE: func(cmd *cobra.Command, args []string) error { return printToken(cmd.Context(), f, args[0]) },
	}
	f.HandOverFlags(cmd.Flags())
	return cmd
}

func printToken(ctx context.Context, f *cli.Factory, address string) error {
	feed, err := findFeed(address)
	if err != nil {
		return err
	}
	h, err := token(ctx, f, feed, "a package manager")
	if err != nil {
		return err
	}
	return cli.AnswerToken(f, h, []byte(h.Token.Value.Reveal()+"\n"), route.Token)
}
