package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// azVersion is the Azure CLI whose answers these are: the first with expires_on.
const azVersion = "2.54.0"

// mainAs runs the program under the name that it was called by: as az, as git's helper or as itself.
func (a *app) mainAs(program string, args []string) int {
	if text.ProgramName(program) == "az" {
		return a.azMain(args)
	}
	return a.main(asHelper(program, args))
}

// azMain answers what Azure SDKs ask of the Azure CLI, with its exit codes: 1, and 2 for a command line that
// can't be understood.
func (a *app) azMain(args []string) int {
	surviveClosedPipes()
	root := a.azRoot()
	root.SetArgs(args)
	err := azRefusal(args)
	if err == nil {
		err = root.ExecuteContext(context.Background())
	}
	if err == nil {
		return exitDone
	}
	f := a.azFailure(err)
	a.sayAll(f.lines)
	return f.code
}

func (a *app) azRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "az",
		Short: "Answer Azure SDKs in place of the Azure CLI",
		Long: `This az is entralogin. It answers what Azure SDKs ask of the Azure CLI, with
the sign-in and the settings of entralogin, and nothing else: "entralogin help
az".`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.takeFlags(cmd.Flags()) }
	root.PersistentFlags().Bool(azVerbose, false, "say what is decided")
	group := &cobra.Command{Use: "account", Short: "The account that has signed in", Args: needSubcommand, RunE: needSubcommand}
	token := &cobra.Command{
		Use:   "get-access-token",
		Short: "Print an access token",
		Args:  azArguments,
		RunE:  func(cmd *cobra.Command, args []string) error { return a.accessToken(cmd.Context(), args, true) },
	}
	tokenFlags(token.Flags())
	token.Flags().StringP(azTenant, "t", "", "`tenant`: a GUID or a domain name")
	version := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the Azure CLI that it stands for",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return a.azVersion() },
	}
	globalAzFlags(version.Flags())
	group.AddCommand(token)
	root.AddCommand(group, version)
	return root
}

func (a *app) azVersion() error {
	if err := a.checkAzFlags(); err != nil {
		return err
	}
	fields := map[string]any{"azure-cli": azVersion, "azure-cli-core": azVersion, "entralogin": versionLine()}
	return outputError(writeAz(a.stdout, a.flags[azOutput], fields))
}

// azRefusal refuses what this az can't do, before its flags are looked at: they are not known either.
func azRefusal(args []string) error {
	var words []string
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			break
		}
		words = append(words, arg)
	}
	switch {
	case len(words) == 0, words[0] == "version", len(words) > 1 && words[0] == "account" && words[1] == "get-access-token":
		return nil
	case slices.Equal(words, []string{"login"}):
		return usagef("this az is entralogin, which signs in with: %s", azLoginWords(args[1:]))
	case len(words) == 1 && words[0] == "logout":
		return usagef("this az is entralogin, which signs out with: entralogin logout")
	}
	return usagef("this az is entralogin, which knows \"az account get-access-token\" and \"az version\" alone; %q needs the Azure CLI itself",
		text.Short("az "+strings.Join(words, " "), 80))
}

// azLoginWords is the command that does what "az login" was to do. A claims challenge of a resource, which an
// SDK says to sign in with, is a matter of its token.
func azLoginWords(args []string) string {
	command, tenant := []string{"entralogin login"}, "--tenant-id"
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--"+claimsChallenge) }) {
		command, tenant = []string{"entralogin account get-access-token -o none"}, "--tenant"
	}
	names := map[string]string{"--tenant": tenant, "-t": tenant, "--scope": "--scope", "--" + claimsChallenge: "--" + claimsChallenge}
	for i, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok && i+1 < len(args) {
			value = args[i+1]
		}
		if names[name] != "" && isPlainWord(value) {
			command = append(command, names[name], value)
		}
	}
	return strings.Join(command, " ")
}

// azFailure is what an error comes to for a program that runs az. SDKs look for "az login" on standard error:
// alone it means that nobody has signed in, and the next credential of a chain is tried; together with an
// AADSTS number, and as "az login --scope", it means that what stands there is to be shown.
//
//   - https://github.com/Azure/azure-sdk-for-python/blob/main/sdk/identity/azure-identity/azure/identity/_credentials/azure_cli.py
//   - https://github.com/Azure/azure-sdk-for-js/blob/main/sdk/identity/identity/src/credentials/azureCliCredential.ts
//   - https://github.com/Azure/azure-sdk-for-net/blob/main/sdk/identity/Azure.Identity/src/Credentials/AzureCliCredential.cs
func (a *app) azFailure(err error) failure {
	f := a.explainFailure(err)
	var unattended *plugin.UnattendedError
	var service *entra.Error
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return failure{exitUsage, []string{err.Error(), `"entralogin help az" says what this az can do.`}}
	case f.code > exitSignal:
		return f
	case errors.As(err, &unattended) && errors.As(unattended.Err, &service):
		f.lines = a.nameScopes(f.lines, unattended.Request)
	case errors.As(err, &unattended):
		f.lines = append([]string{"Please run 'az login' to setup account. This az is entralogin:"}, f.lines...)
	}
	f.code = exitOther
	return f
}

// nameScopes has the sign-in be one for the very scopes: what the service demands may be a matter of the
// resource.
func (a *app) nameScopes(lines []string, r plugin.Request) []string {
	command, scopes := a.loginWords(r), strings.Join(r.Scopes, " --scope ")
	for i, line := range lines {
		lines[i] = strings.ReplaceAll(line, command, command+" --scope "+scopes)
	}
	return append(lines, "To the Azure CLI that would be: az login --scope "+strings.Join(r.Scopes, " "))
}
