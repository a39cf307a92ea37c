package entra

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
)

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
		aliases := usernames(session)
		found = slices.DeleteFunc(slices.Clone(all), func(a cache.Account) bool {
			return !slices.ContainsFunc(aliases[a.HomeID], func(u string) bool { return isAccount(name, u, a.HomeID) })
		})
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

// usernames returns each account's user names, by home account ID: there may be another one in each
// tenant, and one may have changed.
func usernames(session cache.Session) map[string][]string {
	var entries struct {
		Account map[string]struct {
			HomeID   string `json:"home_account_id"`
			Username string `json:"username"`
		}
	}
	_ = json.Unmarshal(session.Reveal(), &entries) // Accounts has read it already
	found := map[string][]string{}
	for _, e := range entries.Account {
		found[e.HomeID] = append(found[e.HomeID], e.Username)
	}
	return found
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
