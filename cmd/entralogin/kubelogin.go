package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin/text"
)

// What a kubeconfig of Azure/kubelogin says beside the settings that both programs have:
// https://azure.github.io/kubelogin/cli/get-token.html

// loginMethod is kubelogin's variable for --login.
const loginMethod = "AAD_LOGIN_METHOD"

const (
	login         = "login"
	loginHint     = "login-hint"
	tokenCacheDir = "token-cache-dir"
	noOverride    = "disable-environment-override"

	deviceCode = "devicecode" // the one --login that we have
)

// otherModes are kubelogin's flags of ways to sign in that entralogin has not, with the --login that each
// is for. Some of them carry secrets: no value is ever shown.
func otherModes() map[string]string {
	return map[string]string{
		"client-secret": "spn", "client-certificate": "spn", "client-certificate-password": "spn",
		"username": "ropc", "password": "ropc",
		"identity-resource-id": "msi", "federated-token-file": "workloadidentity",
		"azure-pipelines-service-connection-id": "azurepipelines",
	}
}

// otherTokens are kubelogin's flags for what entralogin has not.
func otherTokens() map[string]string {
	return map[string]string{
		"pop-enabled": "tokens with proof of possession", "pop-claims": "tokens with proof of possession",
		"legacy": "tokens for the audience spn:SERVER_ID", "use-azurerm-env-vars": "the variables ARM_*",
	}
}

// ignored are kubelogin's flags that say how it does what other ways to sign in need.
func ignored() []string {
	return []string{"azure-config-dir", "redirect-url", "subscription", "timeout"}
}

// kubeloginFlags adds what is not a setting of ours; --help shows --login alone.
func kubeloginFlags(f *pflag.FlagSet) {
	own := pflag.NewFlagSet("kubelogin", pflag.ContinueOnError)
	own.StringP(login, "l", "", "`method` of the sign-in, for kubelogin's sake: devicecode")
	own.String(loginHint, "", "--account")
	own.String(tokenCacheDir, "", "not used")
	own.Bool(noOverride, false, "take nothing from kubelogin's variables")
	own.Bool("disable-instance-discovery", false, "not used: hosts come from the config, never from a directory of hosts")
	own.String("pop-claims", "", "refused")
	for _, name := range []string{"pop-enabled", "legacy", "use-azurerm-env-vars"} {
		own.Bool(name, false, "refused if true")
	}
	for _, name := range ignored() {
		own.String(name, "", "not used")
	}
	for name := range otherModes() {
		own.String(name, "", "refused")
	}
	own.VisitAll(func(g *pflag.Flag) { g.Hidden = g.Name != login })
	f.AddFlagSet(own)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "v" {
			name = "verbose"
		}
		return pflag.NormalizedName(name)
	})
}

// takeLevel accepts no argument but the number of "-v 5", which is how kubelogin's level is written.
func (a *app) takeLevel(cmd *cobra.Command, args []string) error {
	if len(args) == 1 && a.verbose == 1 {
		if level, err := strconv.ParseUint(args[0], 10, 8); err == nil {
			a.verbose = int(level)
			return nil
		}
	}
	return noArguments(cmd, args)
}

// checkKubelogin refuses what asks for another token or another way to get it than we have, and takes
// over what has another name here.
func (a *app) checkKubelogin() error {
	if err := a.checkLogin(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(a.flags)) {
		if mode, ok := otherModes()[name]; ok {
			return usagef("--%s is for kubelogin's --%s %s; entralogin has none but %s", name, login, mode, deviceCode)
		}
		if what, ok := otherTokens()[name]; ok && a.flags[name] != "false" {
			return usagef("--%s asks for %s, which entralogin has not", name, what)
		}
	}
	if dir, ok := a.flags[tokenCacheDir]; ok {
		a.explain(fmt.Sprintf("--%s %s is not used: tokens lie in one cache for all programs (--%s)", tokenCacheDir, dir, cacheDir))
	}
	hint, hinted := a.flags[loginHint]
	switch named, ok := a.flags[account]; {
	case hinted && ok && !strings.EqualFold(named, hint):
		return usagef("--%s and --%s name two accounts", account, loginHint)
	case hinted:
		a.flags[account] = hint
	}
	return nil
}

// checkLogin refuses every method of signing in but ours. A flag counts more than the variable.
func (a *app) checkLogin() error {
	const none = "is none that entralogin has: it signs in by " + deviceCode
	if method, ok := a.flags[login]; ok {
		if method != deviceCode {
			return usagef("--%s %s %s", login, method, none)
		}
		return nil
	}
	if method := a.getenv(loginMethod); method != "" && method != deviceCode && a.flags[noOverride] != "true" {
		return &configError{name: loginMethod, what: fmt.Sprintf("is %q, which %s", text.Short(method, 40), none),
			hint: "Unset it, or give --" + login + " " + deviceCode + "."}
	}
	return nil
}

// kubeloginLayer takes tenant, client and authority from the variables that kubelogin reads. They count
// less than everything that was written for entralogin: they may be meant for any program of Azure's.
func (a *app) kubeloginLayer() layer {
	variables := map[string]string{tenantID: "AZURE_TENANT_ID", clientID: "AZURE_CLIENT_ID", authorityHost: "AZURE_AUTHORITY_HOST"}
	return layer{"kubelogin's variables", func(name string) (string, string, bool) {
		if variables[name] == "" || a.flags[noOverride] == "true" {
			return "", "", false
		}
		value := a.getenv(variables[name])
		return value, variables[name], value != ""
	}}
}
