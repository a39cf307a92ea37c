package calls

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
)

// ForClusters refuses the flags of proof of possession where nobody signs requests. The sign-in is the same with them and
// without. Errors: *cli.UsageError.
func ForClusters(cmd *cobra.Command, flags map[string]string) error {
	enabled := flags[config.PoPEnabled]
	asked := enabled != "" && enabled != "false" || flags[config.PoPClaims] != ""
	if !asked || cmd.Name() == getToken || strings.HasPrefix(cmd.CommandPath(), "entralogin kubeconfig ") {
		return nil
	}
	return cli.Usagef("--%s and --%s are for %s: no other command signs requests, and a sign-in without them serves it, too",
		config.PoPEnabled, config.PoPClaims, getToken)
}
