package cache

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Session is MSAL's own cache for one SessionID, as JSON in the schema that all MSALs share: top-level
// maps AccessToken, RefreshToken, IdToken, Account and AppMetadata, each from an entry's key to the
// entry. The zero Session is empty.
//
// Access tokens are no part of it: each stands in a token file of its own.
type Session struct{ blob Secret }

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
	return sessionOf(maps)
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
// So two sign-ins that ended at the same time both survive.
func (s Session) Merge(newer Session) (Session, error) {
	if newer.IsZero() {
		return s, nil
	}
	maps, err := parseSession(s.Reveal())
	if err != nil {
		return Session{}, err
	}
	more, err := parseSession(newer.Reveal())
	if err != nil {
		return Session{}, err
	}
	for name, entries := range more {
		if maps[name] == nil {
			maps[name] = entries
			continue
		}
		for key, entry := range entries {
			maps[name][key] = entry
		}
	}
	return sessionOf(maps)
}

// Account is somebody who signed in.
type Account struct {
	HomeID   string   // "<object id>.<home tenant id>", the same in each tenant
	Username string   // user principal name
	Tenants  []string // tenants that gave it a token, as they were named in the request
}

// Accounts lists who signed in, each once, in the order of HomeID.
func (s Session) Accounts() ([]Account, error) {
	maps, err := parseSession(s.Reveal())
	if err != nil {
		return nil, err
	}
	byID := map[string]*Account{}
	for _, key := range sortedKeys(maps["Account"]) {
		var a struct {
			HomeID   string `json:"home_account_id"`
			Realm    string `json:"realm"`
			Username string `json:"username"`
		}
		if err := json.Unmarshal(maps["Account"][key], &a); err != nil {
			return nil, errSession
		}
		if a.HomeID == "" {
			continue
		}
		if byID[a.HomeID] == nil {
			byID[a.HomeID] = &Account{HomeID: a.HomeID, Username: a.Username}
		}
		byID[a.HomeID].Tenants = append(byID[a.HomeID].Tenants, a.Realm)
	}
	var accounts []Account
	for _, id := range sortedKeys(byID) {
		accounts = append(accounts, *byID[id])
	}
	return accounts, nil
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

func sessionOf(maps sessionMaps) (Session, error) {
	delete(maps, "AccessToken")
	blob, err := json.Marshal(maps)
	if err != nil {
		return Session{}, fmt.Errorf("%w: %T", errSession, err)
	}
	return Session{NewSecret(string(blob))}, nil
}
