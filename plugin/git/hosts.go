package git

import (
	"cmp"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// azureDevOps is what a token for Azure DevOps is asked for:
// https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth
const azureDevOps = "499b84ac-1321-427f-aa17-267ca6975798/.default"

// Host is what the user's config says about a host. An entry for one of Azure DevOps adds to what is known
// of it; any other host is ours because the entry is there.
type Host struct {
	Host         string // host, or host:port; matched exactly, after lower-casing
	Organization string // for dev.azure.com: the entry is for this organisation alone; "" for all of them
	Scope        string // may be "" for Azure DevOps
	TenantID     string // or ""
	ClientID     string // or ""
	Account      string // user name, or ""
	Profile      string // set of settings for this host, or ""
}

// Place is what git wants to sign in at.
type Place struct {
	Ours bool
	Why  string // why not, for standard error; "" if nobody is to be told

	Host         string // in lower case, with its port if that is not 443
	Organization string // of Azure DevOps, in lower case; "" if there is none, or if git did not say which
	Scope        string
	TenantID     string // of the config, or ""
	ClientID     string // of the config, or ""
	Account      string // of the config, or ""
	Profile      string // of the config, or ""

	azure bool
}

// URL is the address of the organisation, or of the host. All of it is plain ASCII.
func (p Place) URL() string {
	if p.Host == authority.DevAzure && p.Organization != "" {
		return "https://" + p.Host + "/" + p.Organization
	}
	return "https://" + p.Host
}

// Asker says who wants a token and for what, in the words of a prompt.
func (p Place) Asker() string { return "git, for " + text.Short(p.URL(), 200) }

// Find says whether the host is ours: one of Azure DevOps or of the config. Hosts are compared whole, so
// that no other name gets a token, however much it looks like one of ours.
func Find(in Input, hosts []Host) Place {
	protocol := strings.ToLower(in.Protocol)
	host, ok := canonicalHost(in.Host)
	if !ok || protocol != "https" && protocol != "http" {
		return Place{}
	}
	p := Place{Host: host}
	p.Organization, p.azure = organization(host, in)
	if p.azure {
		p.Scope = azureDevOps
	}
	entry, configured := bestEntry(p, hosts)
	if !p.azure && !configured {
		return Place{}
	}
	if protocol == "http" {
		return Place{Why: authority.NotOverHTTP(host)}
	}
	if configured {
		p.Scope = cmp.Or(entry.Scope, p.Scope)
		p.TenantID, p.ClientID, p.Account, p.Profile = entry.TenantID, entry.ClientID, entry.Account, entry.Profile
	}
	if p.Scope == "" {
		return Place{Why: "the config names no scope for the host " + host}
	}
	p.Ours = true
	return p
}

// Azure reports whether the place is one of Azure DevOps.
func (p Place) Azure() bool { return p.azure }

// bestEntry is the first entry for the organisation, or else the first one for the host.
func bestEntry(p Place, hosts []Host) (best Host, found bool) {
	for _, h := range hosts {
		if host, ok := canonicalHost(h.Host); !ok || host != p.Host {
			continue
		}
		if h.Organization != "" {
			if strings.ToLower(h.Organization) == p.Organization {
				return h, true
			}
		} else if !found {
			best, found = h, true
		}
	}
	return best, found
}

// organization reports whether host is one of Azure DevOps, and the organisation, which is the first
// element of the path or the label before .visualstudio.com:
// https://learn.microsoft.com/azure/devops/extend/develop/work-with-urls
//
// Without a path it is the user name, where that names no account: the clone URLs of Azure DevOps have it there,
// and a git without useHttpPath, as a development container runs it, passes on that alone.
//
// The hosts for SSH take no tokens.
func organization(host string, in Input) (name string, azure bool) {
	if host == authority.DevAzure {
		name, _, _ = strings.Cut(strings.TrimLeft(in.Path, "/"), "/")
		name, _, _ = strings.Cut(name, "?") // what go says with GOAUTH=git: "contoso?go-get=1"
		if name == "" && len(in.Username) <= authority.LongestOrganization {
			name = in.Username
		}
		if !authority.IsOrganization(name) {
			name = ""
		}
		return strings.ToLower(name), true
	}
	if !authority.IsAzureDevOps(host) {
		return "", false
	}
	return strings.TrimSuffix(host, ".visualstudio.com"), true
}

// canonicalHost returns a host in lower case and without the port 443. ok is false where it has a byte
// that no host name in ASCII, port or IP address has: there are letters of other scripts whose lower case
// is one of ASCII.
func canonicalHost(host string) (canonical string, ok bool) {
	strange := func(r rune) bool {
		return r > '~' || !text.IsAlphanumeric(byte(r)) && !strings.ContainsRune("-.:[]_", r)
	}
	if host == "" || strings.ContainsFunc(host, strange) {
		return "", false
	}
	return strings.TrimSuffix(strings.ToLower(host), ":443"), true
}

// sameHost reports whether two hosts of https are one: git passes on the port 443 in a url, and not in a host.
func sameHost(a, b string) bool {
	one, ok := canonicalHost(a)
	other, also := canonicalHost(b)
	return ok && also && one == other
}
