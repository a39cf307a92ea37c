package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
)

// ErrNobody means that nobody has signed in yet, or not the account that was asked for.
var ErrNobody = errors.New("nobody has signed in yet")

// nobodyError is ErrNobody for one account.
type nobodyError struct{ account string }

func (e nobodyError) Error() string { return e.account + " has not signed in yet" }
func (e nobodyError) Unwrap() error { return ErrNobody }

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
		accounts = keepAccounts(accounts, func(a cache.Account) bool { return a.Is(account) })
		if len(accounts) == 0 {
			return cache.Account{}, nobodyError{CleanShort(account, 200)}
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
		name := CleanShort(a.Username, 200)
		if same := keepAccounts(accounts, func(b cache.Account) bool { return b.Is(a.Username) }); name == "" || len(same) > 1 {
			name = strings.TrimSpace(name + " " + CleanShort(a.HomeID, 100))
		}
		e.Accounts = append(e.Accounts, name)
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
