// Package azcmd is the command account get-access-token, and the program run as az.
package azcmd

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
)

// New makes the root of the program that is run as az.
func New(f *cli.Factory) *cobra.Command {
	root := &cobra.Command{
		Use:   "az",
		Short: "Answer Azure SDKs in place of the Azure CLI",
		Long: `This az is entralogin. It answers what Azure SDKs ask of the Azure CLI, with
the sign-in and the settings of entralogin, and nothing else:
"entralogin help az".`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error { // behind a flag
			if len(args) > 0 {
				return refused(f, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Use: "no help", Hidden: true}) // az has none, and Refuse lets none through
	common := &commonFlags{program: true}
	root.PersistentFlags().BoolVar(&common.verbose, "verbose", false, "say what is decided")
	root.AddCommand(newAzAccount(f, common), newAzCloud(f, common), newAzRest(f, common), newAzVersion(f, common), newAzLogin(f, common), newAzLogout(f, common))
	return root
}

func newAzToken(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get-access-token",
		Short: "Print an access token",
		Args:  scopeArguments,
	}
	call := &tokenCall{common: common, asker: "a program that runs az"}
	call.flags(cmd.Flags())
	cmd.Flags().StringVarP(&call.tenant, tenant, "t", "", "`tenant`: a GUID or a domain name")
	cli.MayBeEmpty(cmd.Flags(), tenant, subscription, name, azcli.Resource)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return call.run(cmd.Context(), f, args) }
	return cmd
}

// Explain is what an error comes to for a program that runs az, whose exit codes are 1, and 2 for a command
// line that can't be understood. SDKs look for "az login" on standard error: alone it means that nobody has
// signed in, and the next credential of a chain is tried; together with an AADSTS number, and as "az login
// --scope", it means that what stands there is to be shown. What each client looks for, and where it does, is listed
// in TestAzClients.
func Explain(f *cli.Factory, err error) cli.Failure {
	told := f.Explain(err)
	var unattended *plugin.UnattendedError
	var service *entra.Error
	var account *azcli.AccountError
	switch {
	case told.Class == failure.Usage:
		return cli.Failure{Code: cli.ExitUsage, Class: failure.Usage, Lines: []string{asArgparse(err, told.Lines[0])}}
	case told.Code > cli.ExitSignal:
		return told
	case errors.As(err, &unattended) && errors.As(unattended.Err, &service):
		told.Lines = append(told.Lines, "To the Azure CLI that would be: az login --scope "+strings.Join(unattended.Request.Scopes, " "))
	case errors.As(err, &unattended):
		told.Lines = append([]string{"Please run 'az login' to setup account. This az is entralogin:"}, told.Lines...)
	case errors.As(err, &account) && account.Hint != "":
		told.Lines = append(told.Lines, account.Hint)
	}
	told.Code = cli.ExitOther
	return told
}
