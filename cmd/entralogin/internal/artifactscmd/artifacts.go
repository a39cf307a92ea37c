// Package artifactscmd are the commands of artifacts: they hand tokens for the feeds of Azure Artifacts to package managers
// that run no credential helper of ours by themselves.
//
//	feeds.go  which feeds are meant, and their tokens
//	token.go  one token, for what has no command of its own
//	env.go    NuGet and dotnet: variables
//	npm.go    npm: lines of the user's .npmrc
//	cargo.go  cargo, which runs it as a credential provider
package artifactscmd

import (
	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// New makes the command artifacts.
func New(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "artifacts",
		Short: "Hand tokens for feeds of Azure Artifacts to package managers",
		Long: `Artifacts hands tokens for the feeds of Azure Artifacts to package managers. The
token is that of git for the organization. A feed is an address at
pkgs.dev.azure.com or ORGANIZATION.pkgs.visualstudio.com; nobody else gets one.

pip and uv run a program named keyring, and cargo one of its config.toml:
"entralogin help artifacts" says how.`,
		Example: `  entralogin artifacts npm`,
		Args:    cli.NeedSubcommand,
		RunE:    cli.NeedSubcommand,
	}
	cmd.AddCommand(newCargo(f), newEnv(f), newNPM(f), newToken(f))
	return cmd
}
