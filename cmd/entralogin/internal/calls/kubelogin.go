package calls

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
)

// What a kubeconfig of Azure/kubelogin says beside the settings that both programs have:
// https://azure.github.io/kubelogin/cli/get-token.html

// loginMethod is kubelogin's variable for --login.
const loginMethod = "AAD_LOGIN_METHOD"

// The flags that get-token has for kubelogin's sake alone.
const (
	loginHint     = "login-hint"
	redirectURL   = "redirect-url"
	tokenCacheDir = "token-cache-dir"
	noOverride    = "disable-environment-override"
	terraform     = "use-azurerm-env-vars"
	tokenFile     = "federated-token-file"
	legacy        = "legacy"
)

// kubeloginWords are those for --login that kubelogin has.
func kubeloginWords() []string {
	return []string{"devicecode", "interactive", config.ServicePrincipal, "ropc", config.ManagedIdentity, config.AzureCLI, config.AzureDeveloper,
		config.WorkloadIdentity, config.AzurePipelines}
}

// bound are kubelogin's flags that say something to one word of --login, and nothing to all others.
func bound() map[string]string {
	return map[string]string{
		config.ClientSecret: config.ServicePrincipal, config.ClientCertificatePassword: config.ServicePrincipal,
		tokenFile: config.WorkloadIdentity, "username": "ropc", "password": "ropc",
	}
}

// sharedFlags are settings whose flags kubelogin had first.
func sharedFlags() []string {
	return []string{config.ClientCertificate, config.IdentityResourceID, config.ServiceConnection, config.Subscription, config.PoPEnabled, config.PoPClaims}
}

// kubelogin is what the flags of kubelogin say.
type kubelogin struct {
	given     *pflag.FlagSet // all flags of the call
	own       *pflag.FlagSet // those among them that are there for kubelogin's sake
	hint      string
	redirect  string // the address that a browser comes back to
	cacheDir  string
	tokenFile string // with the token of a pod
	override  bool   // nothing is taken from the variables of others
	terraform bool   // those of Terraform's provider count
	legacy    bool   // the token is to be for the audience spn:SERVER_ID
	timeout   time.Duration
}

// flags adds what is not a setting of ours, and the secrets, which no other command takes as a flag; --help shows none.
func (k *kubelogin) flags(f *pflag.FlagSet) {
	own := pflag.NewFlagSet("kubelogin", pflag.ContinueOnError)
	own.StringVar(&k.hint, loginHint, "", "--account")
	own.StringVar(&k.redirect, redirectURL, "", "its port: --redirect-port")
	own.StringVar(&k.cacheDir, tokenCacheDir, "", "not used")
	own.StringVar(&k.tokenFile, tokenFile, "", "--assertion-file")
	own.BoolVar(&k.override, noOverride, false, "take nothing from the variables of other programs")
	own.BoolVar(&k.terraform, terraform, false, "take ARM_* in the place of AZURE_* and AAD_*")
	own.BoolVar(&k.legacy, legacy, false, "refused where kubelogin heeds it")
	own.Bool("logtostderr", false, "not used: nothing is logged anywhere else")
	own.Bool("disable-instance-discovery", false, "not used: hosts come from the config, never from a directory of hosts")
	own.DurationVar(&k.timeout, config.ProgramTimeout, 0, "how long az or azd may take")
	for name, word := range bound() {
		if name != tokenFile {
			own.String(name, "", "of --login "+word)
		}
	}
	own.VisitAll(func(g *pflag.Flag) { g.Hidden = true })
	f.AddFlagSet(own)
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(cmp.Or(otherNames()[name], name))
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
	meant = meant || slices.ContainsFunc(sharedFlags(), k.given.Changed)
	how := k.given.Lookup(config.Login)
	return meant || how.Changed && slices.Contains(kubeloginWords(), how.Value.String())
}

// way is the way to sign in that the call says: a flag counts more than our variable, and that more than kubelogin's.
func (k *kubelogin) way(source config.Source, flags map[string]string) string {
	ours := map[string]string{}
	for _, name := range append(config.Assertions(), config.Login) {
		ours[name] = config.Variable(name)
	}
	return config.Settings{config.Flags(flags)}.With(source.Compat(ours), compat(source, k.tools())).Way()
}

// check returns the shared settings, with those that have another name with kubelogin and without those that it does not
// heed, and what was decided. It refuses what asks for another token than we have. Errors: *cli.UsageError.
func (k *kubelogin) check(source config.Source, given map[string]string) (flags map[string]string, decided []string, err error) {
	flags = k.ours(given)
	way := k.way(source, flags)
	person := !slices.Contains(config.MachineLogins(), way)
	heeds := person && way != "browser" || way == config.ServicePrincipal // what kubelogin has legacy tokens for
	if k.legacy && heeds {
		return nil, nil, cli.Usagef("--%s asks for a token for the audience spn:SERVER_ID, which entralogin has not: kubelogin gets it from an older "+
			"endpoint of the service. Leave it out: AKS takes tokens for SERVER_ID itself", legacy)
	}
	if named, ok := given[config.Account]; person && k.hint != "" && ok && !strings.EqualFold(named, k.hint) {
		return nil, nil, cli.Usagef("--%s and --%s name two accounts", config.Account, loginHint)
	}
	if _, _, err := kubeconfig.RedirectPort(k.redirect); err != nil {
		decided = append(decided, fmt.Sprintf("nothing of --%s counts: %v", redirectURL, err))
	}
	switch way {
	case config.WorkloadIdentity:
		k.takeTokenFile(source.Getenv, flags)
	case config.ManagedIdentity:
		if client := flags[config.ClientID]; client != "" && flags[config.IdentityResourceID] != "" && !strings.EqualFold(client, authority.AKSClient) {
			delete(flags, config.IdentityResourceID)
			decided = append(decided, fmt.Sprintf("--%s does not count: --%s counts more, as with kubelogin", config.IdentityResourceID, config.ClientID))
		}
	}
	if !person {
		delete(flags, config.Account)
	}
	return flags, decided, nil
}

// takeTokenFile says where the token of a pod is, or that it is that of a job of GitHub's, which kubelogin's word means, too.
func (k *kubelogin) takeTokenFile(getenv func(string) string, flags map[string]string) {
	switch {
	case k.tokenFile != "":
		flags[config.Login], flags[config.AssertionFile] = config.WorkloadIdentity, k.tokenFile
	case getenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") != "" && getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "":
		flags[config.Login] = config.GitHubActions
	}
}

// fits refuses what says how a machine signs in where nothing says that one does: kubelogin would ask a person then, and not
// say why. Errors: *cli.UsageError.
func (k *kubelogin) fits(t config.Target) error {
	if t.SignIn.Named {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(bound())) {
		if g := k.given.Lookup(name); g.Value.String() != "" {
			return cli.Usagef("--%s is for --%s %s: give that, too, or leave it out", name, config.Login, bound()[name])
		}
	}
	return nil
}

// ours are the shared settings, with those that have another name with kubelogin. Its address matters to a browser alone,
// and so what makes no sense there is no error. An empty flag of kubelogin's is one that was not given.
func (k *kubelogin) ours(given map[string]string) map[string]string {
	flags := maps.Clone(given)
	port, _, _ := kubeconfig.RedirectPort(k.redirect)
	for name, value := range map[string]string{config.Account: k.hint, config.RedirectPort: port} {
		if _, named := flags[name]; value != "" && !named {
			flags[name] = value
		}
	}
	if k.tokenFile != "" && strings.EqualFold(flags[config.Login], config.WorkloadIdentity) {
		flags[config.AssertionFile] = k.tokenFile
	}
	if k.timeout > 0 {
		flags[config.ProgramTimeout] = k.timeout.String()
	}
	maps.DeleteFunc(flags, func(name, value string) bool { return value == "" })
	return flags
}

// tools are those whose variables count.
func (k *kubelogin) tools() config.Tools {
	switch {
	case k.override:
		return config.NoTools
	case k.terraform:
		return config.TerraformTools
	}
	return config.AzureTools
}

// compat takes tenant, client, authority and the way to sign in from the variables that kubelogin reads. They count
// less than everything that was written for entralogin: they may be meant for any program of Azure's.
func compat(source config.Source, tools config.Tools) config.Layer {
	names := map[string]string{config.TenantID: "AZURE_TENANT_ID", config.ClientID: "AZURE_CLIENT_ID", config.AuthorityHost: "AZURE_AUTHORITY_HOST",
		config.Login: loginMethod}
	switch tools {
	case config.NoTools:
		names = nil
	case config.TerraformTools:
		names[config.TenantID], names[config.ClientID] = "ARM_TENANT_ID", "ARM_CLIENT_ID"
	}
	return source.Compat(names)
}
