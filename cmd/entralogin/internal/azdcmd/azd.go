// Package azdcmd is the program run as azd, the Azure Developer CLI, which Azure SDKs ask for tokens after az.
package azdcmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Ask gets the token that a program asks for which runs az or azd.
type Ask func(ctx context.Context, f *cli.Factory, in azcli.Input, asker string) (cli.Handed, error)

// call is what the flags say.
type call struct {
	f   *cli.Factory
	ask Ask
	in  azcli.Input

	format string
	debug  bool
}

// The commands and flags are those of the Azure Developer CLI, as far as tokens go:
// https://learn.microsoft.com/azure/developer/azure-developer-cli/reference
const checkStatus = "check-status"

// New makes the root of the program that is run as azd.
func New(f *cli.Factory, ask Ask) *cobra.Command {
	c := &call{f: f, ask: ask}
	root := &cobra.Command{
		Use:   "azd",
		Short: "Answer Azure SDKs in place of the Azure Developer CLI",
		Long: `This azd is entralogin. It hands tokens to Azure SDKs as the Azure Developer CLI
does, with the sign-in and the settings of entralogin, and does nothing else:
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
	root.SetHelpCommand(&cobra.Command{Use: "no help", Hidden: true}) // Refuse lets none through
	flags := root.PersistentFlags()
	flags.StringVarP(&c.format, azcli.Output, "o", "", "`format`: json")
	flags.BoolVar(&c.debug, "debug", false, "say what is decided, and each request")
	flags.Bool("no-prompt", false, "accepted: nobody is asked anyway")
	flags.StringP("cwd", "C", "", "accepted: no `folder` counts")
	group := &cobra.Command{Use: "auth", Short: "Tokens", Args: cli.NeedSubcommand, RunE: cli.NeedSubcommand}
	group.AddCommand(c.newToken(), c.newLogin())
	root.AddCommand(group, c.newVersion())
	return root
}

func (c *call) newToken() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "Print an access token", Args: cli.NoArguments}
	c.flags(cmd)
	cmd.Flags().StringVar(&c.in.Challenge, "claims", "", "`claims` (base64) that a resource demanded")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := c.apply(); err != nil {
			return err
		}
		h, err := c.ask(cmd.Context(), c.f, c.in, "a program that runs azd")
		if err != nil {
			return err
		}
		answer, err := azcli.DeveloperToken(h.Token)
		if err != nil {
			return err
		}
		return cli.AnswerToken(c.f, h, answer, route.Token, route.UntilUTC)
	}
	return cmd
}

// newLogin makes the command that says whether somebody has signed in. As azd's it succeeds either way.
func (c *call) newLogin() *cobra.Command {
	cmd := &cobra.Command{Use: "login", Short: "Say whether somebody has signed in", Args: cli.NoArguments}
	c.flags(cmd)
	cmd.Flags().Bool(checkStatus, false, "say whether somebody has signed in; what else this command does is refused")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := c.apply(); err != nil {
			return err
		}
		h, err := c.ask(cmd.Context(), c.f, c.in, "azd auth login --"+checkStatus)
		token := &h.Token
		if err != nil {
			told := c.f.Explain(err)
			if told.Code > cli.ExitSignal || told.Class == failure.Usage {
				return err
			}
			if _, ok := errors.AsType[*plugin.UnattendedError](err); !ok {
				c.f.Err.Lines(told.Lines)
			}
			token = nil
		}
		return c.answer(azcli.DeveloperStatus(token, c.format != "json"))
	}
	return cmd
}

func (c *call) newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the Azure Developer CLI that it stands for",
		Args:  cli.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := c.apply(); err != nil {
				return err
			}
			return c.answer(azcli.DeveloperVersions(cli.DescribeVersion(), c.format != "json"))
		},
	}
}

// flags are those that say what a token is for.
func (c *call) flags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&c.in.Scopes, azcli.Scope, nil, "`scope` of the token; several with the flag several times")
	cmd.Flags().String(config.TenantID, "", "`tenant`: a GUID or a domain name") // a setting
}

// apply settles how much is said: SDKs look for words on standard error, also when azd succeeded.
func (c *call) apply() error {
	if c.format != "" && c.format != "json" {
		return cli.Usagef("--%s is %q: this azd prints json alone", azcli.Output, text.Short(c.format, 40))
	}
	if c.debug {
		c.f.Err.Verbose = max(c.f.Err.Verbose, 2)
	}
	c.f.Err.Quiet = c.f.Err.Verbose == 0
	return nil
}

func (c *call) answer(content []byte, err error) error {
	if err != nil {
		return err
	}
	return c.f.Answer(content)
}

// Explain is what an error comes to for a program that runs azd, whose exit code is 1, whatever went wrong. SDKs look on
// standard error for the words that azd says where nobody has signed in, and go on to the next credential of a chain.
// "azd auth login" stands for that in one of them, and so it stands nowhere else.
//
//   - https://github.com/Azure/azure-sdk-for-js/blob/main/sdk/identity/identity/src/credentials/azureDeveloperCliCredential.ts
//   - https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/identity/azure-identity/azure/identity/_credentials/azd_cli.py
//   - https://github.com/Azure/azure-sdk-for-net/blob/main/sdk/identity/Azure.Identity/src/Credentials/AzureDeveloperCliCredential.cs
func Explain(f *cli.Factory, err error) cli.Failure {
	told := f.Explain(err)
	unattended, ok := errors.AsType[*plugin.UnattendedError](err)
	switch {
	case told.Class == failure.Usage:
		told.Lines = []string{withHelp(told.Lines[0])}
	case told.Code > cli.ExitSignal:
		return told
	case ok:
		if _, refused := errors.AsType[*entra.Error](unattended.Err); !refused {
			told.Lines = append([]string{"not logged in, run `azd auth login` to login. This azd is entralogin:"}, told.Lines...)
		}
	}
	told.Code = cli.ExitOther
	return told
}
