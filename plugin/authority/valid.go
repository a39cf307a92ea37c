package authority

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// IsTenant reports whether s can be the name of a tenant: a GUID, a domain name, or one of
// organizations, common and consumers. Nothing else may become part of an address.
func IsTenant(s string) bool {
	switch strings.ToLower(s) {
	case "organizations", "common", "consumers":
		return true
	}
	return IsGUID(s) || IsDomain(s)
}

// IsClientID reports whether s can be an application (client) ID: a GUID.
func IsClientID(s string) bool { return IsGUID(s) }

// IsGUID reports whether s is a GUID in the form of RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits.
func IsGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (s[i] == '-') || !hyphen && strings.IndexByte("0123456789abcdefABCDEF", s[i]) < 0 {
			return false
		}
	}
	return true
}

// IsDomain reports whether s can be the name of a domain: two or more labels of ASCII letters, digits and
// hyphens. The last one starts with a letter, so no version and no address passes for a domain.
func IsDomain(s string) bool {
	if len(s) > 253 || !strings.Contains(s, ".") {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	last := s[strings.LastIndex(s, ".")+1]
	return last < '0' || last > '9'
}

// isLabel reports whether s can be a label of a name: https://www.rfc-editor.org/rfc/rfc1123#section-2
func isLabel(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		!strings.ContainsFunc(s, func(r rune) bool { return r != '-' && !text.IsAlphanumeric(r) })
}

// IsVisible reports whether s is not empty and all of it visible ASCII, without blanks.
func IsVisible(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// DevAzure is the host of Azure DevOps, beside those of the organisations below visualstudio.com.
const DevAzure = "dev.azure.com"

// IsAzureDevOps reports whether host, in lower case, is one of Azure DevOps:
// https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
//
// The hosts for SSH take no tokens.
func IsAzureDevOps(host string) bool {
	name, ok := strings.CutSuffix(host, ".visualstudio.com")
	return host == DevAzure || ok && IsOrganization(name) && name != "vs-ssh"
}

// IsOrganization reports whether s can be the name of an organisation of Azure DevOps: at most 63 ASCII
// letters, digits and hyphens, no hyphen at either end.
// https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#organization-names
func IsOrganization(s string) bool { return isLabel(s) }

// LongestOrganization is how long a user name may be that is taken for an organization, in bytes: none has a longer name. A
// personal access token has 52 or 84, and would be shown, and asked for, as one.
// https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions#organization-names
const LongestOrganization = 50

// NotOverHTTP says why no token goes to a host by http.
func NotOverHTTP(host string) string {
	return "no token is sent to http://" + host + ": everybody on the way could read it; use https"
}
