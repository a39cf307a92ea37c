package gitcmd

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
)

func newCheck(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [URL]",
		Short: "Say what would happen if git ran now",
		Long: `Check looks at a URL as git and the credential helper would: at git's version,
the helpers that it runs for the URL and the file each stands in, the
organization and its tenant, the settings, and the stored token. Then it asks the
host once for the repository, with that token if it is fresh, and says what the
answer means. It changes and stores nothing and asks nobody. Where the tenant of
an organization is not known yet, it asks Azure DevOps for it.

Without a URL it looks at those remotes of the repository around it for which
entralogin is responsible, else at dev.azure.com.

The exit code is 0 where git gets through, else that of the first failure:
3 configuration, 4 a sign-in where nobody may be asked, 5 refused by the host,
6 network, 7 an answer that makes no sense or can't be trusted, 8 storage.`,
		Example: `  entralogin git check
  entralogin git check https://dev.azure.com/contoso/project/_git/repository
  entralogin git check -o json | jq '.findings[] | select(.level != "ok")'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Usagef("git check takes one URL, not %d", len(args))
			}
			return nil
		},
	}
	shown := diagnose.ShowFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return runCheck(cmd.Context(), f, shown, args) }
	return cmd
}

func runCheck(ctx context.Context, f *cli.Factory, shown diagnose.Shown, args []string) error {
	if err := f.RefuseSettings("what counts is what the credential helper gets from git"); err != nil {
		return err
	}
	var targets []gitcheck.Target
	if len(args) > 0 {
		t, err := gitcheck.ParseURL(args[0])
		if err != nil {
			return cli.Usagef("the URL %w", err)
		}
		targets = append(targets, t)
	}
	return diagnose.Run(ctx, f, shown, "git", func(ctx context.Context) ([]check.Finding, *string) { return diagnose.FindGit(ctx, f, targets), nil })
}
