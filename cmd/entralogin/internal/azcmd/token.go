package azcmd

import (
	"cmp"
	"context"
	"maps"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// NewToken makes the command get-access-token of account.
func NewToken(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get-access-token",
		Short: "Print an access token, as the Azure CLI does",
		Long: `Get-access-token prints an access token for one resource, with the flags and in
the form of "az account get-access-token". Without a resource the token is for
Azure Resource Manager. One sign-in serves all resources.

What --resource says is taken as it is: https://management.azure.com/ and the
same without the slash are two resources, as they are to the Azure CLI.

"entralogin help az" says how other programs can run it in place of az.`,
		Example: `  entralogin account get-access-token --resource https://management.azure.com/
  entralogin account get-access-token --resource-type ms-graph -o yaml
  entralogin account get-access-token --scope https://vault.azure.net/.default -o tsv | cut -f1`,
		Args: scopeArguments,
	}
	call := &tokenCall{common: new(commonFlags), asker: "entralogin account get-access-token"}
	call.flags(cmd.Flags())
	f.HandOverFlags(cmd.Flags())
	cmd.Flags().StringVar(&call.tenant, tenant, "", "`tenant`: the same as --tenant-id")
	cmd.Flags().StringVar(&call.in.Challenge, azcli.Challenge, "", "a new token that satisfies these `claims` (base64), which a resource demanded")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return call.run(cmd.Context(), f, args) }
	return cmd
}

// The flags of get-access-token are those of the Azure CLI:
// https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
const (
	tenant       = "tenant"
	subscription = "subscription"
	name         = "name"
)

// tokenCall is what the flags of get-access-token say.
type tokenCall struct {
	common       *commonFlags
	in           azcli.Input
	tenant       string
	subscription string
	resource     *pflag.Flag
	asker        string
	silent       bool // nobody is asked, whatever was said
}

func (c *tokenCall) flags(f *pflag.FlagSet) {
	f.StringVar(&c.in.Resource, azcli.Resource, "", "`resource` that the token is for: its URI or application ID")
	c.resource = f.Lookup(azcli.Resource)
	f.StringSliceVar(&c.in.Scopes, azcli.Scope, nil, "`scope` of the token, instead of --resource; several with spaces between, or the flag several times")
	f.StringVar(&c.in.ResourceType, azcli.ResourceType, "", "well-known `resource`: "+strings.Join(azcli.ResourceTypes(), ", "))
	subscriptionFlags(f, &c.subscription)
	c.common.flags(f)
}

// scopeArguments takes what follows the first of several scopes, which the Azure CLI takes in one --scope.
func scopeArguments(cmd *cobra.Command, args []string) error {
	if cmd.Flags().Changed(azcli.Scope) {
		return nil
	}
	return cli.NoArguments(cmd, args)
}

// run answers with a token.
func (c *tokenCall) run(ctx context.Context, f *cli.Factory, args []string) error {
	c.common.apply(f)
	c.in.Scopes = append(c.in.Scopes, strings.Fields(strings.Join(args, " "))...)
	if c.common.program {
		c.in = c.in.LikeAz(c.resource.Changed)
	}
	h, chosen, err := c.obtain(ctx, f)
	if err != nil {
		return err
	}
	return answerToken(f, c.common, h, c.subscriptionOf(ctx, f, h, chosen))
}

// Ask gets a token for a program that runs azd, as for one that runs az; but nobody is ever asked. Errors: those of the
// settings, of plugin.Cached.Token and *cli.UsageError.
func Ask(ctx context.Context, f *cli.Factory, in azcli.Input, asker string) (cli.Handed, error) {
	c := &tokenCall{common: &commonFlags{program: true}, in: in, asker: asker, silent: true}
	h, _, err := c.obtain(ctx, f)
	return h, err
}

// obtain gets the token. chosen is what az login has chosen and counts.
func (c *tokenCall) obtain(ctx context.Context, f *cli.Factory) (h cli.Handed, chosen cache.AzureChoice, err error) {
	asked, err := azcli.Read(c.in)
	if err != nil {
		return h, chosen, asUsage(err)
	}
	call, chosen, err := c.meant(ctx, f)
	if err != nil {
		return h, chosen, err
	}
	if h.Target, err = f.Resolve(call); err != nil {
		return h, chosen, err
	}
	if c.common.program && c.tenant != "" && h.Target.Machine == config.ManagedIdentity {
		return h, chosen, &azcli.AccountError{What: "Tenant shouldn't be specified for managed identity account"}
	}
	if h.Request, err = c.request(f, h.Target, asked); err != nil {
		return h, chosen, err
	}
	if h.Tokens, err = f.Tokens(h.Target); err != nil {
		return h, chosen, err
	}
	h.Token, err = h.Tokens.Token(ctx, h.Request)
	return h, chosen, err
}

// meant is the call for the tenant and the account that are meant: of a subscription, or of the settings, and as az also of
// az login. chosen is what was chosen there and counts.
func (c *tokenCall) meant(ctx context.Context, f *cli.Factory) (call config.Call, chosen cache.AzureChoice, err error) {
	if c.subscription != "" {
		call, err = c.ofSubscription(ctx, f)
		return call, chosen, err
	}
	if call, err = c.settings(f); err != nil || !c.common.program {
		return call, chosen, err
	}
	call, profile, err := who(ctx, f, call)
	return call, profile.Chosen, err
}

// ofSubscription finds the subscription that is named, and settles tenant and account by it.
func (c *tokenCall) ofSubscription(ctx context.Context, f *cli.Factory) (config.Call, error) {
	if c.tenant != "" || f.Flags[config.TenantID] != "" {
		return config.Call{}, &azcli.AccountError{What: "Please specify only one of subscription and tenant, not both"}
	}
	found, of, err := findAccount(ctx, f, c.subscription, c.common.program)
	if err != nil {
		return config.Call{}, err
	}
	c.subscription = found.ID
	flags := maps.Clone(f.Flags)
	if flags == nil {
		flags = map[string]string{}
	}
	flags[config.TenantID] = found.Tenant
	if account := of.named(found.Tenant); account != "" {
		flags[config.Account] = account
	}
	call := of.call
	call.Flags = config.Flags(flags)
	return call, nil
}

// subscriptionOf is what az says of the subscription of a token: nothing where the tenant was named.
func (c *tokenCall) subscriptionOf(ctx context.Context, f *cli.Factory, h cli.Handed, chosen cache.AzureChoice) string {
	if c.subscription != "" || c.tenant != "" || f.Flags[config.TenantID] != "" {
		return c.subscription
	}
	of := tenantOf(h.Token, h.Request.Tenant)
	s := &subscriber{f: f, target: h.Target, tokens: h.Tokens}
	if err := s.identify(); err != nil {
		return of
	}
	return knownSubscription(ctx, s, chosen, of)
}

// settings are those of the call. The tenant has two names.
func (c *tokenCall) settings(f *cli.Factory) (config.Call, error) {
	call := f.Call(config.HomeTenant())
	if c.tenant == "" {
		return call, nil
	}
	if other, ok := f.Flags[config.TenantID]; ok && other != c.tenant {
		return call, cli.Usagef("--tenant and --tenant-id name different tenants")
	}
	flags := maps.Clone(f.Flags)
	flags[config.TenantID] = c.tenant
	call.Flags = config.Flags(flags)
	return call, nil
}

// request settles what the token is for. The flags alone say that: the scopes of the config file and of the
// environment are the cluster's. A program that runs az asks nobody, unless that was said outright.
func (c *tokenCall) request(f *cli.Factory, t config.Target, asked azcli.Asked) (plugin.Request, error) {
	r := t.Request
	cloud, err := cloudOf(t, asked)
	if err != nil {
		return r, err
	}
	if r.Scopes, err = asked.ScopesAt(t.Authority, cloud); err != nil {
		return r, asUsage(err)
	}
	if f.Foreign() { // kubelogin's azurecli hands it to the cluster
		if err := t.CheckCluster(r.Scopes); err != nil {
			return r, err
		}
		if err := cli.PermitGuarded(f, t, r.Scopes); err != nil {
			return r, err
		}
	}
	r.Claims = asked.Claims
	r.Unattended = unattended(t, c.common.program)
	if c.silent {
		r.Unattended = cmp.Or(r.Unattended, noneAsked)
	}
	r.Unseen = t.Request.Unattended == "" // an agent asks at its own machine
	r.Asker = c.asker + ", for " + text.Short(strings.Join(r.Scopes, " "), 200)
	return r, nil
}

const noneAsked = "programs that run az or azd do not show what it asks"

// unattended says why nobody may be asked for a target, "" if somebody may.
func unattended(t config.Target, program bool) string {
	if prompt, _ := t.Get(config.Prompt); program && !strings.EqualFold(prompt, "always") {
		return cmp.Or(t.Request.Unattended, noneAsked)
	}
	return t.Request.Unattended
}

// cloudOf is the cloud whose resources are meant: that of the authority, or of the setting where that is none of
// Microsoft's. It matters where a well-known resource is asked for.
func cloudOf(t config.Target, asked azcli.Asked) (string, error) {
	cloud := t.Authority.Environment
	if cloud == "" {
		value, _ := t.Get(config.Environment)
		named, _ := authority.Cloud(value)
		cloud = named.Environment
	}
	if cloud == "" && asked.Type != "" {
		return "", &config.Error{Name: config.AuthorityHost,
			What: "is " + t.Authority.Host + ", which is none of Microsoft's clouds: which resource is " + asked.Type + " there?",
			Hint: "Give --resource or --scope, or the setting environment: the cloud whose resources it is for."}
	}
	return cloud, nil
}

// ARM are the scopes of Azure Resource Manager in the cloud of a target.
func ARM(t config.Target) ([]string, error) {
	asked, err := azcli.Read(azcli.Input{})
	if err != nil {
		return nil, err
	}
	cloud, err := cloudOf(t, asked)
	if err != nil {
		return nil, err
	}
	return asked.ScopesAt(t.Authority, cloud)
}

// asUsage is an error of the command line, nil if there is none.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return cli.AsUsage(err)
}
