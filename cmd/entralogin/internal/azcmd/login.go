package azcmd

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
)

// loginCall is what the flags of az login say:
// https://learn.microsoft.com/cli/azure/reference-index#az-login
type loginCall struct {
	common      commonFlags
	username    string
	password    string
	certificate string
	assertion   string
	tenant      string
	scopes      []string
	challenge   string
	principal   bool
	sendsChain  bool
	identity    bool
	clientID    string
	objectID    string
	resourceID  string
	deviceCode  bool
	anyTenant   bool // one without subscriptions, too
}

func newAzLogin(f *cli.Factory, common *commonFlags) *cobra.Command {
	c := &loginCall{}
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in",
		Long: `Login signs a person in with the client and the ways of entralogin's settings, and
keeps what an application signs in with: "entralogin help az".`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !cmd.Flags().Changed(azcli.Scope) {
				return cli.Usagef("az login takes no argument without a flag") // which may be a secret
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&c.username, "username", "u", "", "client `ID` of an application, or an ID of a managed identity")
	flags.StringVarP(&c.password, "password", "p", "", "client `secret`, or the path of a file with a certificate and its key; @FILE reads it from a file")
	flags.StringVar(&c.certificate, "certificate", "", "`path` of a file with a certificate and its key")
	flags.StringVar(&c.assertion, "federated-token", "", "another service's `token` for the application")
	flags.StringVarP(&c.tenant, tenant, "t", "", "`tenant`: a GUID or a domain name")
	flags.StringSliceVar(&c.scopes, azcli.Scope, nil, "`scope` to consent to")
	flags.StringVar(&c.challenge, azcli.Challenge, "", "a sign-in that satisfies these `claims` (base64)")
	flags.BoolVar(&c.principal, "service-principal", false, "an application signs in")
	flags.BoolVar(&c.sendsChain, "use-cert-sn-issuer", false, "the certificate is known by its subject and issuer")
	flags.BoolVarP(&c.identity, "identity", "i", false, "a managed identity of this machine signs in")
	flags.StringVar(&c.clientID, "client-id", "", "client `ID` of the managed identity")
	flags.StringVar(&c.objectID, "object-id", "", "object `ID` of the managed identity")
	flags.StringVar(&c.resourceID, "resource-id", "", "resource `ID` of the managed identity")
	flags.BoolVar(&c.deviceCode, "use-device-code", false, "sign in with a device code")
	flags.BoolVar(&c.anyTenant, "allow-no-subscriptions", false, "sign in to a tenant without subscriptions, too")
	c.common.flags(flags)
	cli.HoldsSecret(flags, "password", "federated-token")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.common.verbose = common.verbose
		c.scopes = append(c.scopes, args...)
		return c.run(cmd.Context(), f)
	}
	return cmd
}

// run signs in, and answers with the subscriptions.
func (c *loginCall) run(ctx context.Context, f *cli.Factory) error {
	c.common.apply(f) // a prompt is shown also where nothing else is said
	if slices.ContainsFunc(c.scopes, func(scope string) bool { return strings.HasPrefix(scope, "-") }) {
		return cli.Usagef("argument --scope: expected at least one argument") // the next flag was taken for it
	}
	delete(f.Flags, config.ClientID) // --client-id is that of a managed identity here
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case c.identity:
		return c.managedIdentity(ctx, f)
	case c.principal:
		return c.servicePrincipal(ctx, f)
	}
	return c.person(ctx, f)
}

// asAz is an error whose first sentence is the Azure CLI's own, and whose exit code is 1.
func asAz(what string, advice ...string) error {
	return &cli.Advised{Kind: failure.Config, What: what, Advice: advice}
}

// check refuses flags that say different things, in the words of the Azure CLI.
func (c *loginCall) check() error {
	of := func(word string) error {
		return asAz("usage error: '" + word + "' is not applicable with other arguments")
	}
	ids := c.clientID + c.objectID + c.resourceID
	switch {
	case c.identity && (c.password+c.certificate+c.assertion+c.tenant != "" || c.principal):
		return of("--identity")
	case c.deviceCode && (c.password+c.certificate+c.assertion+c.username != "" || c.principal || c.identity):
		return of("--use-device-code")
	case c.sendsChain && !c.principal:
		return asAz("usage error: '--use-sn-issuer' is only applicable with a service principal")
	case c.principal && c.username == "":
		return asAz("usage error: --service-principal --username NAME --password SECRET --tenant TENANT")
	case ids != "" && !c.identity:
		return asAz("usage error: --client-id, --object-id and --resource-id are for --identity")
	case !c.principal && !c.identity && c.username+c.password != "":
		return asAz("this az signs in nobody with a password, which the service refuses for accounts with a second factor, and Microsoft advises against it",
			"A person signs in with a device code: az login --use-device-code",
			"An application: az login --service-principal -u CLIENT-ID -p SECRET -t TENANT")
	case !c.principal && c.certificate+c.assertion != "":
		return asAz("usage error: --certificate and --federated-token are for --service-principal")
	}
	return nil
}

// call is the call for the sign-in, with further flags.
func (c *loginCall) call(f *cli.Factory, more map[string]string) config.Call {
	call := f.Call(config.HomeTenant())
	flags := maps.Clone(f.Flags)
	maps.Copy(flags, more)
	if c.tenant != "" {
		flags[config.TenantID] = c.tenant
	}
	call.Flags = config.Flags(flags)
	return call
}

// signIn gets a token of the service, whatever is stored: by default for Azure Resource Manager.
func (c *loginCall) signIn(ctx context.Context, f *cli.Factory, call config.Call) (signedIn, error) {
	target, err := f.Resolve(call)
	if err != nil {
		return signedIn{}, err
	}
	asked, err := azcli.Read(azcli.Input{Scopes: c.scopes, Challenge: c.challenge})
	if err != nil {
		return signedIn{}, asUsage(err)
	}
	cloud, err := cloudOf(target, asked)
	if err != nil {
		return signedIn{}, err
	}
	r := target.Request
	if r.Scopes, err = asked.ScopesAt(target.Authority, cloud); err != nil {
		return signedIn{}, asUsage(err)
	}
	r.Claims, r.Asker = asked.Claims, "az login"
	tokens, err := f.Tokens(target)
	if err != nil {
		return signedIn{}, err
	}
	token, err := tokens.Login(ctx, r)
	if err == nil && token.Tenant == "" { // of a managed identity the token itself says it
		read, _ := claims.Read(token.Value)
		token.Tenant = cmp.Or(read.Tenant, target.Request.Tenant)
	}
	token.Tenant = strings.ToLower(token.Tenant)
	target.Request = r
	return signedIn{f: f, call: call, target: target, tokens: tokens, token: token}, err
}

// signedIn is a sign-in that the service has taken.
type signedIn struct {
	f      *cli.Factory
	call   config.Call
	target config.Target
	tokens *plugin.Cached
	token  cache.Token // with the tenant that gave it
}

// meetClaims has what was stored of a person before a claims challenge serve no call any more, and keeps a token that meets it
// for calls as az, which name the account. Nobody is asked again.
func (in signedIn) meetClaims(ctx context.Context) error {
	r := in.target.Request
	if r.Claims == "" || !r.Person() {
		return nil
	}
	unlock, err := in.tokens.Store.LockSession(ctx, r.SessionID, nil)
	if err != nil {
		return err
	}
	err = in.tokens.Store.RemoveTokens(r.SessionID, func(_ cache.Key, t cache.Token) bool { return strings.EqualFold(t.Account, in.token.Account) })
	unlock()
	if err != nil {
		return err
	}
	r.Account, r.Unattended = in.token.Account, "the sign-in was made just now"
	_, err = in.tokens.Token(ctx, r)
	return err
}

// keptBefore is what is kept when somebody signs in anew: what can't be read any more is about to be replaced.
func keptBefore(f *cli.Factory, s config.Settings) (cache.AzureProfile, error) {
	p, err := cli.AzureProfile(f, s)
	if errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrKeyGone) {
		return cache.AzureProfile{}, nil
	}
	return p, err
}

// person signs a person in, and has calls as az mean that account, in the tenant of the first subscription.
func (c *loginCall) person(ctx context.Context, f *cli.Factory) error {
	more := map[string]string{}
	if c.deviceCode {
		more[config.Login] = plugin.DeviceCode
	}
	in, err := c.signIn(ctx, f, c.call(f, more))
	if err != nil {
		return err
	}
	if err := in.meetClaims(ctx); err != nil {
		return err
	}
	before, err := keptBefore(f, in.target.Settings)
	if err != nil {
		return err
	}
	found, err := c.find(ctx, in, before.Chosen)
	if err != nil {
		return err
	}
	r := in.target.Request
	choice := cache.AzureChoice{Tenant: found.tenant, Subscription: found.subscription, Profile: in.target.Named, Authority: r.Authority, Client: r.Client}
	if r.Person() {
		choice.Account = in.token.Account
	}
	err = cache.ChangeAzureProfile(ctx, in.tokens.Store, in.target.Place.Storage, func(p cache.AzureProfile) cache.AzureProfile {
		p.Chosen = choice
		return p
	})
	if err != nil {
		return err
	}
	return c.answer(f, found)
}

// found are the subscriptions of a sign-in, of which one counts.
type found struct {
	all                  []owned
	cloud                string
	tenant, subscription string // of the one that counts; subscription is "" where the tenant stands for them
}

// find lists the subscriptions of a sign-in, of the named tenant alone where there is one. Where there are none the tenant
// stands for them, if that is allowed. before is what was chosen until now: it stays where it is among them.
func (c *loginCall) find(ctx context.Context, in signedIn, before cache.AzureChoice) (found, error) {
	s := &subscriber{f: in.f, call: in.call, target: in.target, tokens: in.tokens}
	s.target.Request.Claims = "" // which were met
	if s.target.Request.Person() {
		s.target.Request.Account = in.token.Account
	}
	if err := s.identify(); err != nil {
		return found{}, err
	}
	cloud, err := s.cloud()
	if err != nil {
		return found{}, err
	}
	list, err := s.listNow(ctx)
	if err != nil && (!c.anyTenant || failure.Of(err) == failure.Network || ctx.Err() != nil) {
		return found{}, err
	}
	result := found{cloud: cloud}
	for _, one := range list {
		if c.tenant == "" || strings.EqualFold(one.Tenant, in.token.Tenant) {
			result.all = append(result.all, owned{azcli.Account{Subscription: one, User: s.user}, s})
		}
	}
	if len(result.all) == 0 {
		result.all = []owned{{azcli.Account{Subscription: azcli.TenantAccount(in.token.Tenant), User: s.user}, s}}
	}
	counts := &result.all[max(0, everybody{current: s, chosen: before}.defaultOf(ctx, result.all))]
	if counts.Name == azcli.TenantLevel && !c.anyTenant {
		return found{}, noSubscriptions(s.user)
	}
	counts.Default = true
	if result.tenant = counts.Tenant; counts.Name != azcli.TenantLevel {
		result.subscription = counts.ID
	}
	return result, nil
}

// listNow asks for the subscriptions, whatever is known of them. That they can't be asked for is an error here.
func (s *subscriber) listNow(ctx context.Context) ([]cache.Subscription, error) {
	if fixed := s.fixed(); len(fixed) > 0 {
		return fixed, nil
	}
	first, err := s.token(ctx, s.target.Request.Tenant)
	if err != nil {
		return nil, err
	}
	all, err := s.ask(ctx, first)
	if err == nil {
		s.keep(ctx, all)
	}
	return all, err
}

// noSubscriptions is the error of a sign-in without any, in the words of the Azure CLI.
func noSubscriptions(user azcli.User) error {
	const all = "If this is expected, use '--allow-no-subscriptions' to have tenant level access."
	if user.Identity != "" {
		return asAz("No access was configured for the VM, hence no subscriptions were found. " + all)
	}
	return asAz("No subscriptions found for "+user.Name+".", all)
}

// answer prints the subscriptions.
func (c *loginCall) answer(f *cli.Factory, in found) error {
	list := []azcli.Shown{}
	for _, o := range in.all {
		list = append(list, o.List(in.cloud))
	}
	return answer(f, &c.common, list)
}
