package claims

import "strings"

// Resource is what scopes are scopes of: an application ID, its URI, or "" where no scope names one.
func Resource(scopes []string) string {
	for _, s := range scopes {
		if i := strings.LastIndex(s, "/"); i > 0 {
			return s[:i]
		}
	}
	return ""
}

// BareID takes the forms off in which an application ID can be a URI: api://ID, spn:ID, and a slash behind it.
func BareID(s string) string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(s, "/"), "api://"), "spn:")
}

// IsFor reports whether a resource is among those that the token is for, in whichever form of its ID.
func (c Claims) IsFor(resource string) bool {
	for _, aud := range c.Audience {
		if strings.EqualFold(BareID(aud), BareID(resource)) {
			return true
		}
	}
	return false
}
