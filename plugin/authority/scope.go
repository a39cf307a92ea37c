package authority

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// ScopeError says why one of a list of scopes can't be asked for.
type ScopeError struct {
	Scope string // as it was given
	What  string // what is wrong with it: "is ...", "has ..."
}

func (e *ScopeError) Error() string {
	return fmt.Sprintf("%q %s", text.Short(e.Scope, 80), e.What)
}

// Scopes returns the scopes that words ask for, in their order. A token is for one resource, and so are all of
// them; a bare word such as User.Read is one of Graph's. Those of the sign-in itself are left out, so there may
// be none. wrong says what is no scope, or of a second resource.
//
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc
func (a Authority) Scopes(words []string) (scopes []string, wrong *ScopeError) {
	for _, word := range words {
		if !IsScope(word) {
			return nil, &ScopeError{word, "has a character that no scope has"}
		}
		if OfSignIn(word) {
			continue
		}
		full := word
		if !strings.Contains(word, "/") && len(a.Graph) > 0 {
			full = a.Graph[0] + "/" + word
		}
		if len(scopes) > 0 && !strings.EqualFold(resourceOf(full), resourceOf(scopes[0])) {
			return nil, &ScopeError{word, fmt.Sprintf("is a scope of another resource than the one before it (%s): one token is for one resource",
				text.Short(scopes[0], 80))}
		}
		scopes = append(scopes, full)
	}
	return scopes, nil
}

// IsScope follows https://www.rfc-editor.org/rfc/rfc6749#section-3.3:
// "scope-token = 1*( %x21 / %x23-5B / %x5D-7E )".
func IsScope(s string) bool { return IsVisible(s) && !strings.ContainsAny(s, `"\`) }

// OfSignIn reports whether a scope is one of OpenID Connect's, which belong to the sign-in and to no resource:
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#openid-connect-scopes
func OfSignIn(scope string) bool {
	switch strings.ToLower(scope) {
	case "openid", "profile", "offline_access", "email":
		return true
	}
	return false
}

// Resource is what scopes are scopes of: an application ID or its URI; "" where none of them says it.
func Resource(scopes []string) string {
	for _, scope := range scopes {
		if of := resourceOf(scope); of != "" {
			return of
		}
	}
	return ""
}

// resourceOf is what stands in front of the last slash. A slash at its end is a part of the name:
// https://learn.microsoft.com/entra/identity-platform/scopes-oidc#trailing-slash-and-default
func resourceOf(scope string) string {
	return scope[:max(strings.LastIndex(scope, "/"), 0)]
}

// BareID takes the forms off in which an application ID can be a URI, api://ID and spn:ID, and a slash at the
// end. Any other resource is returned as it is, but for that slash.
func BareID(resource string) string {
	bare := strings.TrimSuffix(resource, "/")
	for _, form := range []string{"api://", "spn:"} {
		if id, ok := strings.CutPrefix(bare, form); ok && IsGUID(id) {
			return id
		}
	}
	return bare
}
