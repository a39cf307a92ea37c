package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Session is MSAL's own cache for one SessionID, as JSON in the schema that all MSALs share: top-level
// maps AccessToken, RefreshToken, IdToken, Account and AppMetadata, each from an entry's key to the
// entry. The zero Session is empty.
//
// Access tokens are no part of it: each stands in a token file of its own.
type Session struct {
	blob   Secret
	people people
}

// NewSession makes a Session of MSAL's JSON. Access tokens are taken out. Anything that is not an
// object of objects is an error, which shows nothing of blob.
func NewSession(blob []byte) (Session, error) {
	if len(bytes.TrimSpace(blob)) == 0 {
		return Session{}, nil
	}
	maps, err := parseSession(blob)
	if err != nil {
		return Session{}, err
	}
	return sessionOf(maps, people{})
}

// IsZero reports whether nothing is in s.
func (s Session) IsZero() bool { return s.blob.IsZero() }

// Reveal returns MSAL's JSON, "{}" if s is empty.
func (s Session) Reveal() []byte {
	if s.IsZero() {
		return []byte("{}")
	}
	return []byte(s.blob.Reveal())
}

// Merge returns s with the entries of newer added; an entry of newer replaces the one of the same key.
// So two sign-ins that ended at the same time both survive, and so does a choice.
func (s Session) Merge(newer Session) (Session, error) {
	if newer.IsZero() {
		return s, nil
	}
	all, err := parseSession(s.Reveal())
	if err != nil {
		return Session{}, err
	}
	more, err := parseSession(newer.Reveal())
	if err != nil {
		return Session{}, err
	}
	for name, entries := range more {
		all[name] = joinMaps(all[name], entries)
	}
	return sessionOf(all, s.people.join(newer.people))
}

// Account is somebody who signed in.
type Account struct {
	HomeID   string   // "<object id>.<home tenant id>", the same in each tenant
	Username string   // user name in the home tenant, where that is known, else in some tenant
	Aliases  []string // every user name: a guest may have another one in each tenant
	Tenants  []string // tenants that gave it a token, as they were named in the request
}

// Is reports whether name stands for the account: a user name in any case, or the home ID.
func (a Account) Is(name string) bool {
	if name == "" {
		return false
	}
	return strings.EqualFold(name, a.HomeID) ||
		slices.ContainsFunc(a.Aliases, func(alias string) bool { return strings.EqualFold(name, alias) })
}

// Accounts lists who signed in, each once, in the order of HomeID.
func (s Session) Accounts() ([]Account, error) {
	maps, err := parseSession(s.Reveal())
	if err != nil {
		return nil, err
	}
	byID := map[string]*Account{}
	for _, key := range sortedKeys(maps["Account"]) {
		var e accountEntry
		if err := json.Unmarshal(maps["Account"][key], &e); err != nil {
			return nil, errSession
		}
		if e.HomeID == "" {
			continue
		}
		if byID[e.HomeID] == nil {
			byID[e.HomeID] = &Account{HomeID: e.HomeID, Username: e.Username}
		}
		byID[e.HomeID].add(e)
	}
	var accounts []Account
	for _, id := range sortedKeys(byID) {
		accounts = append(accounts, *byID[id])
	}
	return accounts, nil
}

// accountEntry is what is read of an entry of the map Account: one for each account and tenant.
type accountEntry struct {
	HomeID   string `json:"home_account_id"`
	Realm    string `json:"realm"`
	Username string `json:"username"`
}

func (a *Account) add(e accountEntry) {
	a.Tenants = append(a.Tenants, e.Realm)
	if e.Username == "" {
		return
	}
	if _, home, _ := strings.Cut(a.HomeID, "."); a.Username == "" || strings.EqualFold(home, e.Realm) {
		a.Username = e.Username
	}
	if !slices.Contains(a.Aliases, e.Username) {
		a.Aliases = append(a.Aliases, e.Username)
	}
}

var errSession = errors.New("not in the schema of an MSAL cache")

type sessionMaps map[string]map[string]json.RawMessage

func parseSession(blob []byte) (sessionMaps, error) {
	var maps sessionMaps
	if err := json.Unmarshal(blob, &maps); err != nil || maps == nil {
		return nil, errSession
	}
	return maps, nil
}

func sessionOf(maps sessionMaps, n people) (Session, error) {
	delete(maps, "AccessToken")
	blob, err := json.Marshal(maps)
	if err != nil {
		return Session{}, fmt.Errorf("%w: %T", errSession, err)
	}
	return Session{NewSecret(string(blob)), n}, nil
}

// IDToken is an ID token that MSAL keeps of an account.
type IDToken struct {
	Tenant string // that it was asked for, as the request named it
	Value  Secret
}

// IDTokens lists the ID tokens of the account with a home ID, one for each tenant, in the order of MSAL's keys.
// They may have ended long ago.
func (s Session) IDTokens(homeID string) []IDToken {
	maps, err := parseSession(s.Reveal())
	if err != nil {
		return nil
	}
	var found []IDToken
	for _, key := range sortedKeys(maps["IdToken"]) {
		var e struct {
			HomeID string `json:"home_account_id"`
			Realm  string `json:"realm"`
			Secret string `json:"secret"`
		}
		if json.Unmarshal(maps["IdToken"][key], &e) == nil && e.HomeID == homeID && e.Secret != "" {
			found = append(found, IDToken{e.Realm, NewSecret(e.Secret)})
		}
	}
	return found
}

// Renews reports whether a refresh token of the account with a home ID is there, here or with its holder.
func (s Session) Renews(homeID string) bool {
	if s.Holder(homeID) != "" {
		return true
	}
	maps, err := parseSession(s.Reveal())
	if err != nil {
		return false
	}
	for _, raw := range maps["RefreshToken"] {
		var entry struct {
			HomeID string `json:"home_account_id"`
			Secret string `json:"secret"`
		}
		if json.Unmarshal(raw, &entry) == nil && homeID != "" && entry.HomeID == homeID && entry.Secret != "" {
			return true
		}
	}
	return false
}
