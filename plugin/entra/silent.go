package entra

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

// silentLimit bounds a silent request with all its tries.
const silentLimit = 45 * time.Second

// Silent is the source that uses a stored refresh token. It costs one request where the endpoints are
// remembered, and none where nobody has signed in. A refresh token serves every tenant and resource of its
// account (https://learn.microsoft.com/entra/identity-platform/refresh-tokens).
//
// Where only a person can help, the error is a *plugin.PersonNeededError.
func (s *Service) Silent() plugin.Source { return source(s.silent) }

func (s *Service) silent(ctx context.Context, r plugin.Request, session cache.Session) (plugin.Grant, error) {
	if err := s.check(r); err != nil {
		return plugin.Grant{}, err
	}
	account, err := choose(r.Account, session)
	if err != nil {
		return plugin.Grant{}, err
	}
	x := s.exchange(r)
	x.homeID = account.HomeID
	m := x.memory(session)
	app, err := s.app(r, x, m)
	if err != nil {
		return plugin.Grant{}, err
	}
	limit := &plugin.NetworkError{Host: x.host, Err: fmt.Errorf("no answer within %v", silentLimit)}
	bounded, cancel := context.WithTimeoutCause(ctx, silentLimit, limit)
	defer cancel()
	options := []public.AcquireSilentOption{public.WithSilentAccount(public.Account{HomeAccountID: account.HomeID})}
	if r.Claims != "" {
		options = append(options, public.WithClaims(r.Claims))
	}
	_, err = app.AcquireTokenSilent(bounded, scopes(r), options...)
	if x.answer != nil {
		return silentGrant(x.grant(r, m, plugin.CleanShort(account.Username, 200)))
	}
	if err != nil && x.err == nil && m.err == nil && bounded.Err() == nil {
		err := fmt.Errorf("no refresh token of %s is stored", plugin.CleanShort(account.Username, 200))
		return plugin.Grant{}, &plugin.PersonNeededError{Err: err}
	}
	return plugin.Grant{}, silentError(x.failure(bounded, m))
}

// silentGrant asks for a person where scopes were declined: one can consent.
func silentGrant(g plugin.Grant, err error) (plugin.Grant, error) {
	var scopes *ScopesError
	if errors.As(err, &scopes) {
		return g, &plugin.PersonNeededError{Err: scopes}
	}
	return g, err
}

// silentError asks for a person where the service does.
func silentError(err error) error {
	var refusal *Error
	if errors.As(err, &refusal) && !refusal.transient() && refusal.needsPerson() {
		return &plugin.PersonNeededError{Err: refusal, Claims: refusal.Claims}
	}
	return err
}

// choose returns the account that is asked for, by user name or home account ID, or the only one there is.
// It never guesses.
func choose(name string, session cache.Session) (cache.Account, error) {
	all, err := session.Accounts()
	if err != nil {
		return cache.Account{}, errSession
	}
	if len(all) == 0 {
		return cache.Account{}, &plugin.PersonNeededError{Err: ErrNobody}
	}
	found := all
	if name != "" {
		found = slices.DeleteFunc(slices.Clone(all), func(a cache.Account) bool { return !isAccount(name, a.Username, a.HomeID) })
	}
	switch len(found) {
	case 0:
		err := fmt.Errorf("%s has not signed in", plugin.CleanShort(name, 200))
		return cache.Account{}, &plugin.PersonNeededError{Err: err}
	case 1:
		return found[0], nil
	}
	return cache.Account{}, &AccountsError{Accounts: names(found)}
}

// isAccount reports whether name stands for the account with this user name and home account ID.
func isAccount(name, username, homeID string) bool {
	return username != "" && strings.EqualFold(name, username) || name == homeID
}

// names lists accounts for a person: by user name, and where that does not tell them apart also by ID.
func names(accounts []cache.Account) []string {
	count := map[string]int{}
	for _, a := range accounts {
		count[strings.ToLower(a.Username)]++
	}
	var list []string
	for _, a := range accounts {
		name := plugin.CleanShort(a.Username, 200)
		if name == "" || count[strings.ToLower(a.Username)] > 1 {
			name = strings.TrimSpace(name + " " + plugin.CleanShort(a.HomeID, 100))
		}
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
