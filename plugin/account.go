package plugin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// ErrNobody means that nobody has signed in yet, or not the account that was asked for.
var ErrNobody = errors.New("nobody has signed in yet")

// nobodyError is ErrNobody for one account.
type nobodyError struct{ account string }

func (e nobodyError) Error() string { return e.account + " has not signed in yet" }
func (e nobodyError) Unwrap() error { return ErrNobody }

// WithOthers adds to ErrNobody of a session who has signed in all the same: with another client, or at another service.
// What is stored for one serves no other. Other errors stay as they are.
func WithOthers(st *cache.Store, id cache.SessionID, err error) error {
	if !errors.Is(err, ErrNobody) {
		return err
	}
	var named nobodyError
	errors.As(err, &named)
	ids, _ := st.SessionIDs() // what can't be read names nobody
	for _, other := range ids {
		if other == id {
			continue
		}
		session, _ := st.Session(other)
		accounts, _ := session.Accounts()
		if named.account != "" {
			accounts = keepAccounts(accounts, func(a cache.Account) bool { return a.Is(named.account) })
		}
		if len(accounts) > 0 {
			return fmt.Errorf("%w %s; %s signed in %s", err, apart(id, other), strings.Join(distinctNames(accounts), ", "), apart(other, id))
		}
	}
	return err
}

// apart names a session by what another one has not.
func apart(id, other cache.SessionID) string {
	var words []string
	if !strings.EqualFold(id.Client, other.Client) {
		words = append(words, "with the client "+text.Short(id.Client, 60))
	}
	if id.Authority != other.Authority {
		words = append(words, "at "+text.Short(id.Authority, 100))
	}
	return strings.Join(words, " ")
}

// AccountsError says that several accounts could be meant.
type AccountsError struct {
	Session  cache.SessionID // or zero
	Accounts []string        // user names, sorted
	Tenant   string
}

func (e *AccountsError) Error() string {
	return fmt.Sprintf("several accounts have signed in, and none is chosen for %s: %s",
		DescribeTenant(e.Tenant), strings.Join(e.Accounts, ", "))
}

// Class is configuration.
func (e *AccountsError) Class() failure.Class { return failure.Config }

// ShortNameError says that an account was named by the part of its user name before the "@", where nobody may guess
// or where several have it.
type ShortNameError struct {
	Name string
	Fits []string // user names, sorted
}

func (e *ShortNameError) Error() string {
	if len(e.Fits) == 1 {
		return fmt.Sprintf("the account %q has to be written whole here: %s", e.Name, e.Fits[0])
	}
	return fmt.Sprintf("the account %q has to be written whole: several have that name: %s", e.Name, strings.Join(e.Fits, ", "))
}

// Class is configuration.
func (e *ShortNameError) Class() failure.Class { return failure.Config }

// Why says why an account serves a call.
type Why string

// The reasons, the strongest first.
const (
	WhyNamed        Why = "named"              // the call names it
	WhyChosenHere   Why = "chosen for tenant"  // it was chosen for the tenant of the call
	WhyChosen       Why = "chosen"             // it was chosen for all tenants
	WhyOnly         Why = "only one"           // nobody else has signed in
	WhyOnlyOfTenant Why = "only one of tenant" // nobody else has had a token of the tenant
)

// ChooseAccount picks the account of the session that serves a request: the one that is asked for by user
// name or home ID; else the one that was chosen for the tenant, or for all tenants; else the only one; else
// the only one that has had a token of this tenant. It never guesses. Errors: ErrNobody (wrapped),
// *AccountsError, or that the session can't be read.
func ChooseAccount(s cache.Session, account, tenant string) (cache.Account, error) {
	chosen, _, err := ExplainAccount(s, account, tenant)
	return chosen, err
}

// ExplainAccount is ChooseAccount, with the reason.
func ExplainAccount(s cache.Session, account, tenant string) (cache.Account, Why, error) {
	accounts, err := s.Accounts()
	if err != nil {
		return cache.Account{}, "", err
	}
	why, only := WhyOnly, WhyOnlyOfTenant
	if account != "" {
		why, only = WhyNamed, WhyNamed
		all := accounts
		accounts = keepAccounts(accounts, func(a cache.Account) bool { return a.Is(account) })
		if fits := fitAccounts(all, account); len(accounts) == 0 && len(fits) > 0 {
			return cache.Account{}, "", &ShortNameError{text.Short(account, 80), distinctNames(fits)}
		}
		if len(accounts) == 0 {
			return cache.Account{}, "", nobodyError{text.Short(account, 200)}
		}
	} else if homeID, alone := s.Chosen(tenant); homeID != "" {
		if i := slices.IndexFunc(accounts, func(a cache.Account) bool { return a.HomeID == homeID }); i >= 0 && alone {
			return accounts[i], WhyChosenHere, nil
		} else if i >= 0 {
			return accounts[i], WhyChosen, nil
		}
	}
	if len(accounts) > 1 {
		here := keepAccounts(accounts, func(a cache.Account) bool {
			return slices.ContainsFunc(a.Tenants, func(t string) bool { return strings.EqualFold(t, tenant) })
		})
		if len(here) == 1 {
			accounts, why = here, only
		}
	}
	switch len(accounts) {
	case 0:
		return cache.Account{}, "", ErrNobody
	case 1:
		return accounts[0], why, nil
	}
	return cache.Account{}, "", &AccountsError{Accounts: distinctNames(accounts), Tenant: text.Clean(tenant)}
}

// CompleteAccount is the user name that is meant by one which a person has typed: by the part before the "@", if one
// account alone has it. It is name itself where no account fits, or name names one whole. What no person types, such
// as the account of a kubeconfig or of a git URL, is never completed: a near one could be somebody else. Errors:
// *ShortNameError.
func CompleteAccount(accounts []cache.Account, name string) (string, error) {
	fits := fitAccounts(accounts, name)
	names := slices.CompactFunc(distinctNames(fits), strings.EqualFold)
	switch {
	case len(fits) == 0 || fits[0].Is(name):
		return name, nil
	case len(names) == 1:
		return fits[0].Username, nil
	}
	return "", &ShortNameError{text.Short(name, 80), names}
}

// fitAccounts are the accounts that name names whole, or else those whose user name has it before the "@".
func fitAccounts(accounts []cache.Account, name string) []cache.Account {
	whole := keepAccounts(accounts, func(a cache.Account) bool { return a.Is(name) })
	if len(whole) > 0 || name == "" || strings.Contains(name, "@") {
		return whole
	}
	return keepAccounts(accounts, func(a cache.Account) bool {
		return slices.ContainsFunc(a.Aliases, func(alias string) bool { return strings.EqualFold(name, LocalPart(alias)) })
	})
}

// LocalPart is what stands before the "@" of a user name.
func LocalPart(username string) string {
	local, _, _ := strings.Cut(username, "@")
	return local
}

// distinctNames are the names of accounts in clean text, each enough to name it.
func distinctNames(accounts []cache.Account) []string {
	var names []string
	for _, a := range accounts {
		name := text.Short(a.Username, 200)
		if same := keepAccounts(accounts, func(b cache.Account) bool { return b.Is(a.Username) }); name == "" || len(same) > 1 {
			name = strings.TrimSpace(name + " " + text.Short(a.HomeID, 100))
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func keepAccounts(accounts []cache.Account, keep func(cache.Account) bool) []cache.Account {
	return slices.DeleteFunc(slices.Clone(accounts), func(a cache.Account) bool { return !keep(a) })
}
