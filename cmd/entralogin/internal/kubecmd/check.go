package kubecmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

func newCheck(f *cli.Factory, file *string) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Say what would happen if kubectl ran now",
		Long: `Check looks at a context as kubectl and get-token would: at its user entry, the
command, the allow-list of kuberc, the settings and where each stands, and the
stored token. Then it asks the API server once, with that token if it is fresh,
and says what the answer means. It changes and stores nothing and asks nobody.

The settings are those of get-token in the kubeconfig, its environment and the
config file: flags for them, such as --tenant-id, are refused here.

The exit code is 0 where kubectl gets through, else that of the first failure:
3 configuration, 4 a sign-in where nobody may be asked, 5 refused by the API
server, 6 network, 7 an answer that makes no sense or can't be trusted,
8 storage.`,
		Example: `  entralogin kubeconfig check
  entralogin kubeconfig check --context prod
  entralogin kubeconfig check -o json | jq '.findings[] | select(.level != "ok")'`,
		Args: cli.NoArguments,
	}
	context := cmd.Flags().String("context", "", "`name` of the context (default the current one)")
	shown := diagnose.ShowFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return runCheck(cmd.Context(), f, shown, *file, *context)
	}
	return cmd
}

func runCheck(ctx context.Context, f *cli.Factory, shown diagnose.Shown, file, named string) error {
	if err := f.RefuseSettings("what counts is what get-token gets from the kubeconfig"); err != nil {
		return err
	}
	return diagnose.Run(ctx, f, shown, "kubectl", func(ctx context.Context) ([]check.Finding, *string) {
		look := diagnose.NewKube(f, file, named)
		found := check.Run(ctx, look.Checks())
		of := text.Short(look.Context, 200)
		return found, &of
	})
}
