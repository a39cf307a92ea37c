package azcmd

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/arm"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// emptyLife is how long it is believed that somebody has no subscriptions: the service may just have been down, or the
// first one be on its way.
const emptyLife = 5 * time.Minute

// subscriber is somebody whose subscriptions are listed: whom the settings mean, or what az login was given.
type subscriber struct {
	f      *cli.Factory
	target config.Target // its Request is for Azure Resource Manager
	tokens *plugin.Cached
	login  string // the Name of an AzureLogin, "" for whom the settings mean
	user   azcli.User
	home   string // home ID of a person
	key    string // whose list it is: that, or what a machine goes by
	at     string // the tenant of the call, GUID, where that is known
	call   config.Call
	asked  bool // just now
}

// newSubscriber is whom a call means. A person has to have signed in; where nobody may be asked that is an error, else they
// are asked. program is whether a program runs az.
func newSubscriber(ctx context.Context, f *cli.Factory, call config.Call, program bool) (*subscriber, error) {
	target, err := f.Resolve(call)
	if err != nil {
		return nil, err
	}
	target.Request.Unattended = unattended(target, program)
	target.Request.Asker = "a program that runs az, for the subscriptions"
	if !program {
		target.Request.Asker = "entralogin account get-access-token, for the subscriptions"
	}
	s, err := subscriberOf(f, call, target)
	if errors.Is(err, plugin.ErrNobody) && target.Request.Unattended == "" {
		if _, err = s.token(ctx, target.Request.Tenant); err == nil {
			err = s.identify()
		}
	}
	if c := target.Request.Credential; err == nil && (c == config.AzureCLI || c == config.AzureDeveloper) {
		err = s.identifyOther(ctx)
	}
	if errors.Is(err, plugin.ErrNobody) {
		r := target.Request
		return nil, &plugin.UnattendedError{Request: r, Err: plugin.WithOthers(s.tokens.Store, r.SessionID, err)}
	}
	return s, err
}

// subscriberOf is whom a target means. Errors are those of plugin.ChooseAccount, with a subscriber to sign in, and others.
func subscriberOf(f *cli.Factory, call config.Call, target config.Target) (*subscriber, error) {
	tokens, err := f.Tokens(target)
	if err != nil {
		return nil, err
	}
	tokens.Store.Locate()
	s := &subscriber{f: f, call: call, target: target, tokens: tokens}
	return s, s.identify()
}

// identify settles who it is: of a person the account, who has to have signed in.
func (s *subscriber) identify() error {
	r := s.target.Request
	if !r.Person() {
		s.key, s.user = r.Renewal().Client, machineUser(r)
		return nil
	}
	account, err := s.accountIn(r.Tenant)
	s.home, s.key, s.user = account.HomeID, account.HomeID, azcli.User{Name: text.Clean(account.Username)}
	return err
}

// identifyOther has the token say whose it is that another program gives.
func (s *subscriber) identifyOther(ctx context.Context) error {
	token, err := s.token(ctx, s.target.Request.Tenant)
	if err != nil {
		return err
	}
	read, _ := claims.Read(token.Value)
	s.user = azcli.User{Name: text.Clean(cmp.Or(read.User, read.Client)), Machine: read.User == ""}
	return nil
}

func (s *subscriber) accountIn(tenant string) (cache.Account, error) {
	session, err := s.tokens.Store.Session(s.target.Request.SessionID)
	if err != nil {
		return cache.Account{}, err
	}
	return plugin.ChooseAccount(session, s.target.Request.Account, tenant)
}

// named is the account that a call for a tenant has to name, "" where it means this one without.
func (s *subscriber) named(tenant string) string {
	if s.home == "" || s.target.Request.Account != "" {
		return s.target.Request.Account
	}
	if meant, err := s.accountIn(tenant); err == nil && meant.HomeID == s.home {
		return ""
	}
	return s.home
}

// machineUser is what az calls what signs in that is no person.
func machineUser(r plugin.Request) azcli.User {
	if r.Credential != config.ManagedIdentity {
		return azcli.User{Name: r.Client, Machine: true}
	}
	kind, id := r.ManagedIdentity()
	l := cache.AzureLogin{Kind: cache.AzureIdentity, Identity: strings.TrimSuffix(kind+":"+id, ":")}
	return azcli.User{Name: l.User(), Machine: true, Identity: l.AssignedIdentity()}
}

// token is one for Azure Resource Manager in a tenant.
func (s *subscriber) token(ctx context.Context, tenant string) (cache.Token, error) {
	r := s.target.Request
	r.Tenant, r.Account = tenant, s.named(tenant)
	var err error
	if r.Scopes, err = ARM(s.target); err != nil {
		return cache.Token{}, err
	}
	return s.tokens.Token(ctx, r)
}

// list are the subscriptions: of the config file, or as they were asked for within a day; or of Azure Resource Manager,
// which one process asks while the others wait. Where that says of none, or can't be asked, the tenant stands for them, as it
// does for az. Errors are those of a machine that gets no token, and of settings.
func (s *subscriber) list(ctx context.Context, refresh bool) ([]cache.Subscription, error) {
	if fixed := s.fixed(); len(fixed) > 0 {
		return fixed, nil
	}
	kept, known := s.kept()
	if known && !refresh {
		return s.orTenant(ctx, kept.Subscriptions), nil
	}
	ctx, stop := proc.UntilSignal(ctx)
	defer stop()
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if newer, ok := s.kept(); ok && (!known || newer.When.After(kept.When)) {
		return s.orTenant(ctx, newer.Subscriptions), nil
	}
	s.asked = true
	first, err := s.token(ctx, s.target.Request.Tenant)
	_, ended := errors.AsType[proc.SignalError](err)
	if err != nil && (ended || !known && !s.target.Request.Person()) {
		return nil, err
	}
	var found []cache.Subscription
	gave := err == nil
	if gave {
		found, err = s.ask(ctx, first)
	}
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil && known:
		s.f.Err.Explain("the list of subscriptions is as it was: " + text.Short(err.Error(), 300))
		return s.orTenant(ctx, kept.Subscriptions), nil
	case err != nil:
		s.f.Err.Explain("the tenant stands for its subscriptions, which can't be listed: " + text.Short(err.Error(), 300))
	}
	if gave { // a sign-in may mend the other
		s.keep(ctx, found)
	}
	return s.orTenant(ctx, found), nil
}

// kept is the list that is stored, if it is still believed.
func (s *subscriber) kept() (cache.Subscribed, bool) {
	kept, ok := cache.SubscriptionsOf(s.tokens.Store, s.target.Request.SessionID, s.key)
	return kept, ok && (len(kept.Subscriptions) > 0 || s.f.Now().Sub(kept.When) < emptyLife)
}

// old reports whether a new list may have more than this one.
func (s *subscriber) old() bool {
	kept, ok := s.kept()
	return len(s.fixed()) == 0 && !s.asked && (!ok || s.f.Now().Sub(kept.When) >= emptyLife)
}

// fixed are the subscriptions that the config file names.
func (s *subscriber) fixed() []cache.Subscription { return s.target.Subscriptions() }

// cloud is the one whose subscriptions they are.
func (s *subscriber) cloud() (string, error) { return cloudOf(s.target, azcli.Asked{Type: "arm"}) }

// keep stores a list. It is only a saving.
func (s *subscriber) keep(ctx context.Context, found []cache.Subscription) {
	all := cache.Subscribed{Account: s.key, Subscriptions: found, When: s.f.Now()}
	if err := cache.KeepSubscriptions(ctx, s.tokens.Store, s.target.Request.SessionID, all); err != nil {
		s.f.Err.Explain("the list of subscriptions can't be kept: " + text.Short(err.Error(), 300))
	}
}

// lock is held while Azure Resource Manager is asked. Where none can be had, each asks for itself.
func (s *subscriber) lock(ctx context.Context) (unlock func(), err error) {
	st, r := s.tokens.Store, s.target.Request
	if err := st.ApplyStorage(ctx, s.target.Place.Storage); err != nil {
		return nil, err
	}
	list := cache.Key{SessionID: r.SessionID, Account: s.key}
	unlock, err = st.LockSession(ctx, cache.SessionID{Authority: r.Authority, Client: "subscriptions-" + list.Hash()[:16]}, nil)
	if _, unwritable := errors.AsType[*cache.Error](err); unwritable {
		return func() {}, nil
	}
	return unlock, err
}

// orTenant are subscriptions, or the tenant where there are none.
func (s *subscriber) orTenant(ctx context.Context, found []cache.Subscription) []cache.Subscription {
	if len(found) > 0 {
		return found
	}
	return []cache.Subscription{azcli.TenantAccount(s.tenant(ctx))}
}

// tenant is the tenant of the call: its GUID, where that can be told.
func (s *subscriber) tenant(ctx context.Context) string {
	named := s.target.Request.Tenant
	switch {
	case s.at != "":
		return s.at
	case authority.IsGUID(named):
		return strings.ToLower(named)
	case s.home != "" && named == config.AnyTenant:
		_, tenant, _ := strings.Cut(s.home, ".")
		return tenant
	}
	if token, err := s.token(ctx, named); err == nil {
		s.at = tenantOf(token, named)
		return s.at
	}
	return named
}

// tenantOf is the tenant that a token is of: a machine's may say it itself alone.
func tenantOf(token cache.Token, otherwise string) string {
	if token.Tenant != "" {
		return token.Tenant
	}
	read, _ := claims.Read(token.Value)
	return cmp.Or(strings.ToLower(read.Tenant), otherwise)
}

// ask lists the subscriptions of all tenants of a person, and of the one tenant of a machine. first is a token of the tenant
// of the call.
func (s *subscriber) ask(ctx context.Context, first cache.Token) ([]cache.Subscription, error) {
	client, err := arm.New(s.target.Authority, s.f.Err.Trace)
	if err != nil {
		return nil, err
	}
	client.Note = s.f.Err.Explain
	first.Tenant = tenantOf(first, s.target.Request.Tenant)
	tenants := []arm.Tenant{{ID: first.Tenant}}
	if s.target.Request.Person() {
		if tenants, err = client.Tenants(ctx, first); err != nil {
			return nil, err
		}
	}
	var all []cache.Subscription
	var failed []error
	var left []string
	for _, answer := range client.OfTenants(ctx, tenants, s.tokensBeside(first)) {
		if err := answer.Err; err != nil {
			failed = append(failed, err)
			left = append(left, text.Short(strings.TrimSpace(answer.ID+" "+answer.Name), 120)+" ("+text.Short(err.Error(), 200)+")")
		}
		for _, one := range answer.Subscriptions {
			if !slices.ContainsFunc(all, func(other cache.Subscription) bool { return strings.EqualFold(other.ID, one.ID) }) {
				all = append(all, one)
			}
		}
	}
	if len(left) > 0 {
		s.f.Err.Explain("left out are the subscriptions of tenants that gave no token, or refused it: " + strings.Join(left, ", "))
	}
	if len(failed) == len(tenants) {
		return nil, errors.Join(failed...)
	}
	return all, nil
}

// tokensBeside gives the tokens of tenants for which nobody is asked. first is that of one of them.
func (s *subscriber) tokensBeside(first cache.Token) func(context.Context, arm.Tenant) (cache.Token, error) {
	silent := *s
	silent.target.Request.Unattended = "the subscriptions of all tenants are listed"
	return func(ctx context.Context, tenant arm.Tenant) (cache.Token, error) {
		if strings.EqualFold(first.Tenant, tenant.ID) {
			return first, nil
		}
		return silent.token(ctx, tenant.ID)
	}
}
