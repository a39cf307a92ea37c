package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Kind says which of the two tokens of a sign-in is meant.
type Kind string

const (
	// Access is an access token: for a resource, named by its scopes.
	Access Kind = "access"
	// ID is an ID token: for the client itself (OpenID Connect Core 1.0, section 2).
	ID Kind = "id"
)

// SessionID names a session: what one client knows at one authority host. A refresh token is sent to
// no other host, and used for no other client, than those of its session.
type SessionID struct {
	Authority string `json:"authority"` // host, with its port if it is not 443: "login.microsoftonline.com"
	Client    string `json:"client"`    // application (client) ID, a GUID
}

func (id SessionID) is(other SessionID) bool {
	return strings.EqualFold(id.Authority, other.Authority) && strings.EqualFold(id.Client, other.Client)
}

// Key names one token.
type Key struct {
	SessionID
	Tenant  string   `json:"tenant"`            // GUID or domain name of the tenant, or organizations, common, consumers
	Account string   `json:"account,omitempty"` // user name; "" means: the only account there is
	Scopes  []string `json:"scopes"`            // in any order and case
	Kind    Kind     `json:"kind"`
}

// Hash returns the name of the token's file: the SHA-256 over the length-prefixed fields of k, in hex.
// It is the same on every run and machine. Case and order of the scopes, and the case of the other
// fields, make no difference, as they make none to the service.
func (k Key) Hash() string {
	h := sha256.New()
	field := func(s string) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	for _, s := range []string{k.Authority, k.Tenant, k.Client, k.Account, string(k.Kind)} {
		field(strings.ToLower(s))
	}
	for _, s := range k.sortedScopes() {
		field(s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (k Key) sortedScopes() []string {
	scopes := make([]string, len(k.Scopes))
	for i, s := range k.Scopes {
		scopes[i] = strings.ToLower(s)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
