// Package artifacts knows the feeds of Azure Artifacts: which hosts they are at, and of which organization of Azure
// DevOps. What a token for the organization is asked for is that of git.
//
// https://learn.microsoft.com/azure/devops/artifacts/start-using-azure-artifacts
package artifacts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/entralogin/entralogin/plugin/authority"
)

// Host is where the feeds of all organizations are. Those of an older organization are at ORGANIZATION.pkgs.visualstudio.com, too:
// https://learn.microsoft.com/azure/devops/organizations/security/allow-list-ip-url
const Host = "pkgs.dev.azure.com"

// oldDomain stands behind the name of an organization.
const oldDomain = ".pkgs.visualstudio.com"

// Feed is where a package manager wants to sign in.
type Feed struct {
	Ours bool
	Why  string // why not, for standard error; "" if nobody is to be told

	Host         string // Host, or that of an organization; in lower case
	Organization string // of Azure DevOps, in lower case; "" where the address names none
	Secret       bool   // a user name stands in the address that may be a token: the address is not to be kept
}

// MayBeSecret reports whether what stands in the place of a user name may be a personal access token, which has 52
// characters or 84. Some clients pass on as the name what stands alone before the host.
func MayBeSecret(user string) bool {
	return len(user) > authority.LongestOrganization && !strings.Contains(user, "@")
}

// Find says whether an address is one of a feed. address is one of https, with whatever path, or a host alone. Hosts are
// compared whole, so that no other name gets a token, however much it looks like one of these.
func Find(address string) Feed {
	if !utf8.ValidString(address) || strings.ContainsFunc(address, unicode.IsControl) { // some clients drop a tab or a newline
		return Feed{}
	}
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		scheme, rest = "https", address
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	f := feedAt(rest[:end], rest[end:])
	if f.Host == "" {
		return Feed{}
	}
	switch strings.TrimPrefix(strings.ToLower(scheme), "sparse+") { // as cargo writes it
	case "https":
		f.Ours = true
		return f
	case "http":
		return Feed{Why: authority.NotOverHTTP(f.Host)}
	}
	return Feed{}
}

// feedAt reads what stands between the scheme and the path, and the rest of the address. The port of https may be given.
func feedAt(host, rest string) Feed {
	if !authority.IsVisible(host) { // the lower case of a sign of another script may be a letter of ASCII
		return Feed{}
	}
	host = strings.ToLower(host)
	user, behind, ok := strings.Cut(host, "@")
	if ok && authority.IsOrganization(user) { // https://USER@HOST, as Azure DevOps shows it
		host = behind
	}
	secret := ok && MayBeSecret(user)
	host = strings.TrimSuffix(host, ":443")
	if host == Host {
		organization := strings.TrimPrefix(rest, "/")
		if end := strings.IndexAny(organization, "/?#"); end >= 0 {
			organization = organization[:end]
		}
		if !authority.IsOrganization(organization) {
			organization = ""
		}
		return Feed{Host: host, Organization: strings.ToLower(organization), Secret: secret}
	}
	if organization, ok := strings.CutSuffix(host, oldDomain); ok && authority.IsOrganization(organization) {
		return Feed{Host: host, Organization: organization, Secret: secret}
	}
	return Feed{}
}
