package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// Kind says which of the tokens of a sign-in is meant.
type Kind string

const (
	// Access is an access token: for a resource, named by its scopes.
	Access Kind = "access"
	// ID is an ID token: for the client itself (OpenID Connect Core 1.0, section 2).
	ID Kind = "id"
	// Registry is what a container registry gave out for an access token. Scopes have its address alone: "https://HOST".
	// Nothing renews it but the registry.
	Registry Kind = "registry"
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

	// Credential says as what the token was obtained where that was no person: "secret", "federated", "msi". "" is a
	// person.
	Credential string `json:"credential,omitempty"`
	// Identity says whose it is where Client and Tenant don't: a managed identity, or the sign-in of another program.
	Identity string `json:"identity,omitempty"`
	// KeyID is the thumbprint of the key that the token is bound to (RFC 7638); "" is a bearer token.
	KeyID string `json:"kid,omitempty"`
}

// Person reports whether k names a person's token: one of a session, with accounts.
func (k Key) Person() bool { return k.Credential == "" }

// ManagedIdentity says which managed identity k is of: "client", "object" or "resource" and that ID, or "system" and
// none. Which machine it was, behind the last @, is left out.
func (k Key) ManagedIdentity() (kind, id string) {
	name := k.Identity
	if i := strings.LastIndexByte(name, '@'); i >= 0 {
		name = name[:i]
	}
	kind, id, _ = strings.Cut(name, ":")
	return kind, id
}

// Renewal names the lock under which a token is renewed: a person's session, or the machine that has none, so that ways
// without a client ID don't wait for each other. A registry's token has a lock of its own: nobody else waits for the registry.
func (k Key) Renewal() SessionID {
	if k.Kind == Registry {
		return SessionID{k.Authority, string(Registry) + "-" + k.Hash()[:16]}
	}
	if k.Person() {
		return k.SessionID
	}
	k.Scopes, k.KeyID = nil, "" // the key is made under this lock, too
	return SessionID{k.Authority, k.Credential + "-" + k.Hash()[:16]}
}

// Hash returns the name of the token's file: the SHA-256 over the length-prefixed fields of k, in hex.
// It is the same on every run and machine. Case and order of the scopes, and the case of the other
// fields but KeyID, make no difference, as they make none to the service. A person's bearer token has the name that it
// had before there were others.
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
	if k.Credential+k.Identity+k.KeyID != "" {
		field("") // scopes are sorted and distinct: two empty fields are none
		field("")
		field(strings.ToLower(k.Credential))
		field(strings.ToLower(k.Identity))
		field(k.KeyID)
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
