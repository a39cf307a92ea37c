package dockercmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/check"
)

func newCheck(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [REGISTRY]",
		Short: "Say what would happen if docker ran now",
		Long: `Check looks at a registry as docker, podman and the credential helper would: at
the files of docker and podman and what each says of the registry, the helper on
the PATH, the settings, and the stored tokens. Then it asks the registry who
gives out its tokens, and whether it takes the stored one; where there is none
but a sign-in, whether it gives one out for that, which is thrown away. It changes
and stores nothing and asks nobody.

Without a registry it looks at those for which docker or podman run entralogin.

The exit code is 0 where docker gets through, else that of the first failure:
3 configuration, 4 a sign-in where nobody may be asked, 5 refused by the registry,
6 network, 7 an answer that makes no sense or can't be trusted, 8 storage.`,
		Example: `  entralogin docker check
  entralogin docker check contoso.azurecr.io
  entralogin docker check -o json | jq '.findings[] | select(.level != "ok")'`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return cli.Usagef("docker check takes one registry, not %d", len(args))
			case len(args) == 1 && args[0] == "":
				return cli.Usagef("docker check: a registry is named by an empty word")
			}
			return nil
		},
	}
	shown := diagnose.ShowFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.RefuseSettings("what counts is what the credential helper gets from docker"); err != nil {
			return err
		}
		return diagnose.Run(cmd.Context(), f, shown, "docker", func(ctx context.Context) ([]check.Finding, *string) {
			return diagnose.FindDocker(ctx, f, args), nil
		})
	}
	return cmd
}
