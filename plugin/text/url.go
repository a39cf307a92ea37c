package text

import (
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// hidden stands where a secret would.
const hidden = "[redacted]"

// URL makes an address fit to be shown, in at most n characters: scheme, host and path. User name, password, query and
// fragment are left out, since each may be a secret. It is "" where it can't be told what of an address is its user.
func URL(address string, n int) string {
	address = Clean(address)
	u, err := url.Parse(address)
	switch {
	case (err != nil || u.Host == "") && strings.Contains(address, "@"):
		return ""
	case err != nil || u.Host == "":
		return Redact(address, n)
	}
	path := ""
	if p := u.EscapedPath(); p != "" {
		path = "/" + strings.TrimLeft(p, "/")
	}
	return Redact(u.Scheme+"://"+u.Host+path, n)
}

// UserName makes the user name of a URL fit to be shown. ok is false, and the name hidden, where it is neither the
// organization (of Azure DevOps, "" if there is none) nor has an "@": a personal access token often stands there alone.
// https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate
func UserName(user, organization string) (shown string, ok bool) {
	if organization != "" && strings.EqualFold(user, organization) || strings.Contains(user, "@") {
		return Redact(user, 120), true
	}
	return hidden, false
}

// userOfURL is what stands in a URL in front of its host.
var userOfURL = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://[^/?#\s]*@`) })

// HideUsers hides users and passwords of the URLs in a text. A user alone that has an "@" stays.
func HideUsers(content string) string {
	return userOfURL().ReplaceAllStringFunc(content, func(found string) string {
		user, err := url.PathUnescape(strings.TrimSuffix(strings.TrimPrefix(found, "://"), "@"))
		if _, ok := UserName(user, ""); ok && err == nil && !strings.Contains(user, ":") {
			return found
		}
		return "://" + hidden + "@"
	})
}
