package azcmd

import (
	"context"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// owned is an account with whose it is.
type owned struct {
	azcli.Account
	of *subscriber
}

func accountsOf(all []owned) []azcli.Account {
	accounts := make([]azcli.Account, len(all))
	for i, o := range all {
		accounts[i] = o.Account
	}
	return accounts
}

// ownerOf is whose an account of all is.
func ownerOf(all []owned, a azcli.Account) *subscriber {
	i := slices.IndexFunc(all, func(o owned) bool { return o.ID == a.ID })
	return all[i].of
}

// everybody are all whose subscriptions az shows.
type everybody struct {
	current *subscriber // whom a call means that says nothing else
	chosen  cache.AzureChoice
	all     []*subscriber // the current one among them: the person or machine of the settings first, then the logins
}

// findEverybody finds whom the settings mean, and what az login was given. Where program is false az login is no matter.
// Errors: those of newSubscriber, where there is nobody.
func findEverybody(ctx context.Context, f *cli.Factory, program bool) (everybody, error) {
	var e everybody
	call := f.Call(config.HomeTenant())
	if !program {
		current, err := newSubscriber(ctx, f, call, program)
		e.current, e.all = current, []*subscriber{current}
		return e, err
	}
	meant, profile, err := who(ctx, f, call)
	if err != nil {
		return e, err
	}
	settings, err := f.Settings(call)
	if err != nil {
		return e, err
	}
	e.chosen = profile.Chosen
	login, isLogin := profile.Current()
	current, missing := newSubscriber(ctx, f, meant, program)
	join := func(call config.Call, name string) {
		if name != login.Name || name == "" && isLogin {
			e.join(f, call, name)
		} else if missing == nil {
			e.current, current.login = current, name
			e.all = append(e.all, current)
		}
	}
	join(call, "")
	for _, l := range profile.Logins {
		if _, counts := settings.AzureLoginCounts(l); counts {
			with := call
			with.Tools, with.More = config.NoTools, append(slices.Clone(call.More), config.AzureLayer(l))
			join(with, l.Name)
		}
	}
	if len(e.all) == 0 {
		return e, missing
	}
	return e, nil
}

// join adds one of the others, who is not asked for anything. Whoever has not signed in is none of them.
func (e *everybody) join(f *cli.Factory, call config.Call, login string) {
	target, err := f.Config().Resolve(call)
	if err == nil {
		target.Request.Unattended = "the subscriptions of all are listed"
		var s *subscriber
		if s, err = subscriberOf(f, call, target); err == nil {
			s.login = login
			e.all = append(e.all, s)
			return
		}
	}
	f.Err.Explain("left out are the subscriptions of others: " + text.Short(err.Error(), 300))
}

// accounts lists the subscriptions of all, or where alone is true of the current one. One that two of them see is the current
// one's, or else the first one's.
func (e everybody) accounts(ctx context.Context, alone, refresh bool) ([]owned, error) {
	var all []owned
	var failed error
	for _, s := range e.all {
		if alone && e.current != nil && s != e.current {
			continue
		}
		found, err := s.list(ctx, refresh)
		if err != nil && s == e.current || ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			failed = err
			s.f.Err.Explain("left out are the subscriptions of " + text.Short(s.user.Name+": "+err.Error(), 300))
		}
		for _, one := range found {
			its := owned{azcli.Account{Subscription: one, User: s.user}, s}
			i := slices.IndexFunc(all, func(o owned) bool { return strings.EqualFold(o.ID, one.ID) })
			switch {
			case i < 0:
				all = append(all, its)
			case s == e.current:
				all[i] = its
			}
		}
	}
	if len(all) == 0 {
		return nil, failed
	}
	if i := e.defaultOf(ctx, all); i >= 0 {
		all[i].Default = true
	}
	return all, nil
}

// defaultOf is the account that counts: the one that was chosen, if that was in the tenant of the call; or else the first of
// the tenant that is enabled; or else the first of all. -1 is none.
func (e everybody) defaultOf(ctx context.Context, all []owned) int {
	if e.current == nil {
		return -1
	}
	named, tenant := e.current.target.Request.Tenant, e.current.tenant(ctx)
	chosen := func(o owned) bool {
		return strings.EqualFold(o.Tenant, e.chosen.Tenant) && strings.EqualFold(named, e.chosen.Tenant) &&
			(strings.EqualFold(o.ID, e.chosen.Subscription) || e.chosen.Subscription == "" && o.Name == azcli.TenantLevel)
	}
	here := func(o owned) bool {
		return o.State == azcli.Enabled && (strings.EqualFold(o.Tenant, tenant) || strings.EqualFold(o.TenantDomain, tenant))
	}
	for _, fits := range []func(owned) bool{chosen, here, func(o owned) bool { return o.State == azcli.Enabled }, func(owned) bool { return true }} {
		if i := slices.IndexFunc(all, func(o owned) bool { return o.of == e.current && fits(o) }); i >= 0 {
			return i
		}
	}
	return -1
}

// allAccounts are the accounts of everybody.
func allAccounts(ctx context.Context, f *cli.Factory, program, refresh bool) ([]owned, error) {
	e, err := findEverybody(ctx, f, program)
	if err != nil {
		return nil, err
	}
	return e.accounts(ctx, false, refresh)
}

// findAccount is the account of a subscription's name or ID, or the one that counts where that is "". One that is in no
// list is looked for in a new one, unless the old one is of just now.
func findAccount(ctx context.Context, f *cli.Factory, named string, program bool) (azcli.Account, *subscriber, error) {
	e, err := findEverybody(ctx, f, program)
	if err != nil {
		return azcli.Account{}, nil, err
	}
	all, err := e.accounts(ctx, named == "" || authority.IsGUID(named), false) // an ID is nobody else's
	if err != nil {
		return azcli.Account{}, nil, err
	}
	found, err := azcli.Find(accountsOf(all), named)
	if err != nil && authority.IsGUID(named) && len(e.all) > 1 {
		if all, err = e.accounts(ctx, false, false); err == nil {
			found, err = azcli.Find(accountsOf(all), named)
		}
	}
	if err != nil && named != "" && slices.ContainsFunc(all, func(o owned) bool { return o.of.old() }) {
		if all, err = e.accounts(ctx, false, true); err == nil {
			found, err = azcli.Find(accountsOf(all), named)
		}
	}
	if err != nil {
		return azcli.Account{}, nil, err
	}
	return found, ownerOf(all, found), nil
}

// knownSubscription is what az says of the subscription of a token, as far as that is known without asking: the one that
// counts, or else the tenant.
func knownSubscription(ctx context.Context, s *subscriber, chosen cache.AzureChoice, tenant string) string {
	s.at = tenant // which costs no request then
	list := s.fixed()
	if kept, ok := s.kept(); ok && len(list) == 0 {
		list = kept.Subscriptions
	}
	var all []owned
	for _, one := range list {
		if strings.EqualFold(one.Tenant, tenant) {
			all = append(all, owned{azcli.Account{Subscription: one}, s})
		}
	}
	if i := (everybody{current: s, chosen: chosen}).defaultOf(ctx, all); i >= 0 {
		return all[i].ID
	}
	return tenant
}
