package git

import "strings"

const (
	nobody   = "00000000-0000-0000-0000-000000000000" // no tenant
	personal = "organizations"                        // where personal accounts sign in for Azure DevOps
)

// isTenant reports whether s names one tenant: a GUID, but not the empty one, or a domain name. Names such
// as common stand for no tenant.
func isTenant(s string) bool { return isGUID(s) && s != nobody || isDomain(s) }

func isGUID(s string) bool {
	if len(s) != len(nobody) {
		return false
	}
	for i := range len(s) {
		hyphen := nobody[i] == '-'
		if hyphen != (s[i] == '-') || !hyphen && strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return true
}

// isDomain accepts two or more labels. The last one starts with a letter: no version or address passes for
// a domain.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if !isOrganization(label) { // the same characters
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(s) <= 253 && (last[0] < '0' || last[0] > '9')
}
