package calls

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// What a kubeconfig of Azure/kubelogin says beside the settings that both programs have:
// https://azure.github.io/kubelogin/cli/get-token.html

// loginMethod is kubelogin's variable for --login.
const loginMethod = "AAD_LOGIN_METHOD"

const (
	loginHint     = "login-hint"
	redirectURL   = "redirect-url"
	tokenCacheDir = "token-cache-dir"
	noOverride    = "disable-environment-override"
)

// kubeloginWords are those for --login that kubelogin has, too.
func kubeloginWords() []string { return []string{"devicecode", "interactive"} }

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
		"legacy": "tokens for the audience spn:SERVER_ID", "use-azurerm-env-vars": "the variables ARM_*",
	}
}

// ignored are kubelogin's flags that say how it does what other ways to sign in need.
func ignored() []string {
	return []string{"azure-config-dir", "subscription", "timeout"}
}

// kubelogin is what the flags of kubelogin say.
type kubelogin struct {
	given    *pflag.FlagSet // all flags of the call
	own      *pflag.FlagSet // those among them that are there for kubelogin's sake
	hint     string
	redirect string // the address that a browser comes back to
	cacheDir string
	override bool // nothing is taken from kubelogin's variables
}

// flags adds what is not a setting of ours; --help shows --login alone.
func (k *kubelogin) flags(f *pflag.FlagSet) {
	own := pflag.NewFlagSet("kubelogin", pflag.ContinueOnError)
	own.StringVar(&k.hint, loginHint, "", "--account")
	own.StringVar(&k.redirect, redirectURL, "", "its port: --redirect-port")
	own.StringVar(&k.cacheDir, tokenCacheDir, "", "not used")
	own.BoolVar(&k.override, noOverride, false, "take nothing from kubelogin's variables")
	own.Bool("logtostderr", false, "not used: nothing is logged anywhere else")
	own.Bool("disable-instance-discovery", false, "not used: hosts come from the config, never from a directory of hosts")
	for _, name := range []string{"legacy", "use-azurerm-env-vars"} {
		own.Bool(name, false, "refused if true")
	}
	for _, name := range ignored() {
		own.String(name, "", "not used")
	}
	for name := range otherModes() {
		own.String(name, "", "refused")
	}
	own.VisitAll(func(g *pflag.Flag) { g.Hidden = true })
	f.AddFlagSet(own)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "v" {
			name = "verbose"
		}
		return pflag.NormalizedName(name)
	})
	k.given, k.own = f, own
}

// kubeloginVariables are those that nothing but kubelogin reads.
func kubeloginVariables() []string {
	return []string{loginMethod, "AAD_SERVICE_PRINCIPAL_CLIENT_ID", "AAD_SERVICE_PRINCIPAL_CLIENT_SECRET",
		"AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE", "AAD_SERVICE_PRINCIPAL_CLIENT_CERTIFICATE_PASSWORD",
		"AAD_USER_PRINCIPAL_NAME", "AAD_USER_PRINCIPAL_PASSWORD"}
}

// meant reports whether the call was written for kubelogin: it has a variable or a flag that nobody else reads, or a word
// of kubelogin's for --login. Kubelogin answers in v1beta1 where it is not told of a version:
// https://github.com/Azure/kubelogin/issues/150
func (k *kubelogin) meant(getenv func(string) string) bool {
	meant := slices.ContainsFunc(kubeloginVariables(), func(name string) bool { return getenv(name) != "" })
	k.own.VisitAll(func(g *pflag.Flag) { meant = meant || g.Changed })
	how := k.given.Lookup(config.Login)
	meant = meant || k.given.Changed(config.PoPEnabled) || k.given.Changed(config.PoPClaims)
	return meant || how.Changed && slices.Contains(kubeloginWords(), how.Value.String())
}

// check refuses what asks for another token or another way to get it than we have, and returns the shared
// settings with what has another name here, and what was decided.
func (k *kubelogin) check(getenv func(string) string, given map[string]string) (flags map[string]string, decided []string, err error) {
	if err := k.checkLogin(getenv, given[config.Login]); err != nil {
		return nil, nil, err
	}
	var refused error
	k.given.Visit(func(g *pflag.Flag) { // in the order of their names
		if refused != nil {
			return
		}
		if mode, ok := otherModes()[g.Name]; ok && g.Value.String() != "" {
			refused = cli.Usagef("--%s is for kubelogin's --%s %s; %s", g.Name, config.Login, mode, people)
		}
		if what, ok := otherTokens()[g.Name]; ok && g.Value.String() != "false" {
			refused = cli.Usagef("--%s asks for %s, which entralogin has not", g.Name, what)
		}
	})
	if refused != nil {
		return nil, nil, refused
	}
	if named, ok := given[config.Account]; k.hint != "" && ok && !strings.EqualFold(named, k.hint) {
		return nil, nil, cli.Usagef("--%s and --%s name two accounts", config.Account, loginHint)
	}
	if _, _, err := kubeconfig.RedirectPort(k.redirect); err != nil {
		decided = append(decided, fmt.Sprintf("nothing of --%s counts: %v", redirectURL, err))
	}
	return k.ours(given), decided, nil
}

// ours are the shared settings, with those that have another name with kubelogin. Its address matters to a browser alone,
// and so what makes no sense there is no error.
func (k *kubelogin) ours(given map[string]string) map[string]string {
	flags := maps.Clone(given)
	port, _, _ := kubeconfig.RedirectPort(k.redirect)
	for name, value := range map[string]string{config.Account: k.hint, config.RedirectPort: port} {
		if _, named := flags[name]; value != "" && !named {
			flags[name] = value
		}
	}
	return flags
}

// people says what the ways to sign in have in common.
const people = "entralogin signs in people"

// checkLogin refuses kubelogin's ways to sign in that we have not. A flag counts more than the variable.
func (k *kubelogin) checkLogin(getenv func(string) string, flag string) error {
	none := "is none that entralogin has: it signs in people, by " + strings.Join(config.Methods(), ", ")
	ours := func(word string) bool {
		return slices.Contains(slices.Concat(config.Methods(), kubeloginWords(), []string{config.Auto}), strings.ToLower(word))
	}
	if flag != "" {
		if !ours(flag) {
			return cli.Usagef("--%s %s %s", config.Login, text.Short(flag, 40), none)
		}
		return nil
	}
	if method := getenv(loginMethod); method != "" && !ours(method) && !k.override {
		return &config.Error{Name: loginMethod, What: fmt.Sprintf("is %q, which %s", text.Short(method, 40), none),
			Hint: "Unset it, or give --" + config.Login + " " + config.Auto + "."}
	}
	return nil
}

// compat takes tenant, client, authority and the way to sign in from the variables that kubelogin reads. They count
// less than everything that was written for entralogin: they may be meant for any program of Azure's.
func compat(source config.Source) config.Layer {
	return source.Compat(map[string]string{config.TenantID: "AZURE_TENANT_ID", config.ClientID: "AZURE_CLIENT_ID", config.AuthorityHost: "AZURE_AUTHORITY_HOST",
		config.Login: loginMethod})
}
