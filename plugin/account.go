package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
)

// ErrNobody means that no account has signed in.
var ErrNobody = errors.New("nobody has signed in yet")

// AccountsError says that several accounts could be meant.
type AccountsError struct {
	Accounts []string // user names, sorted
	Tenant   string
}

func (e *AccountsError) Error() string {
	return fmt.Sprintf("several accounts have signed in, and none is chosen for the tenant %s: %s",
		e.Tenant, strings.Join(e.Accounts, ", "))
}

// ChooseAccount picks the account of the session that serves a request: the one that is asked for by user
// name or home ID; else the only one; else the only one that has had a token of this tenant. It never
// guesses. Errors: ErrNobody (wrapped), *AccountsError, or that the session can't be read.
func ChooseAccount(s cache.Session, account, tenant string) (cache.Account, error) {
	accounts, err := s.Accounts()
	if err != nil {
		return cache.Account{}, err
	}
	if account != "" {
		accounts = keepAccounts(accounts, func(a cache.Account) bool {
			return strings.EqualFold(a.Username, account) || strings.EqualFold(a.HomeID, account)
		})
		if len(accounts) == 0 {
			return cache.Account{}, fmt.Errorf("%s: %w", Clean(account), ErrNobody)
		}
	}
	if len(accounts) > 1 {
		here := keepAccounts(accounts, func(a cache.Account) bool {
			return slices.ContainsFunc(a.Tenants, func(t string) bool { return strings.EqualFold(t, tenant) })
		})
		if len(here) == 1 {
			accounts = here
		}
	}
	switch len(accounts) {
	case 0:
		return cache.Account{}, ErrNobody
	case 1:
		return accounts[0], nil
	}
	e := &AccountsError{Tenant: Clean(tenant)}
	for _, a := range accounts {
		e.Accounts = append(e.Accounts, Clean(a.Username))
	}
	slices.Sort(e.Accounts)
	return cache.Account{}, e
}

func keepAccounts(accounts []cache.Account, keep func(cache.Account) bool) []cache.Account {
	var kept []cache.Account
	for _, a := range accounts {
		if keep(a) {
			kept = append(kept, a)
		}
	}
	return kept
}
