package entra

import "strings"

// ValidTenant reports whether s can be the name of a tenant: a GUID, a domain name, or one of
// organizations, common and consumers. Nothing else may become part of an address.
func ValidTenant(s string) bool {
	switch strings.ToLower(s) {
	case "organizations", "common", "consumers":
		return true
	}
	return isGUID(s) || isDomain(s)
}

// ValidClientID reports whether s can be an application (client) ID: a GUID.
func ValidClientID(s string) bool { return isGUID(s) }

func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
			continue
		}
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}

func isDomain(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if !(c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
				return false
			}
		}
	}
	return true
}

// validScope follows https://www.rfc-editor.org/rfc/rfc6749#section-3.3:
// "scope-token = 1*( %x21 / %x23-5B / %x5D-7E )".
func validScope(s string) bool { return isVisible(s) && !strings.ContainsAny(s, `"\`) }

// isVisible reports whether s is not empty and all of it visible ASCII, without blanks.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}
