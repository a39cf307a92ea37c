package docker

import (
	"cmp"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Scope is what a token for a registry is asked for, in each cloud. Every registry takes one; of tokens for Azure
// Resource Manager its policy azureADAuthenticationAsArmPolicy may say no.
// https://learn.microsoft.com/azure/container-registry/container-registry-disable-authentication-as-arm
const Scope = "https://containerregistry.azure.net/.default"

// Host is what the user's config says about a registry. An entry for one of Azure adds to what is known of it; any
// other is ours because the entry is there.
type Host struct {
	Host     string // host, or host:port; matched exactly, after lower-casing
	Scope    string // "" is Scope
	TenantID string // or ""
	ClientID string // or ""
	Account  string // user name, or ""
	Profile  string // set of settings for this registry, or ""
}

// Registry is one that a credential is wanted for.
type Registry struct {
	Ours bool
	Why  string // why not, for standard error; "" if nobody is to be told

	Host        string // in lower case; with its port, if the config has one
	Environment string // the cloud that it is in, whose tokens alone go there: "AzurePublicCloud"; "" if that is not known
	Scope       string
	TenantID    string // of the config, or ""
	ClientID    string // of the config, or ""
	Account     string // of the config, or ""
	Profile     string // of the config, or ""
}

// Asker says who wants a token and for what, in the words of a prompt. All of it is plain ASCII.
func (r Registry) Asker() string { return "docker, for " + text.Short(r.Host, 200) }

// Find says whether a registry is ours: one of Azure, or of the config. Names are compared whole, so that no other
// host gets a token, however much it looks like one of ours. server is a host, or an https address of it, alone or with
// the path /v1/ or /v2/, as some clients name it.
func Find(server string, hosts []Host) Registry {
	if !authority.IsVisible(server) { // the lower case of a sign of another script may be a letter of ASCII
		return Registry{}
	}
	scheme, name, found := strings.Cut(server, "://")
	if !found {
		scheme, name = "https", server
	}
	name, path, _ := strings.Cut(strings.ToLower(name), "/")
	switch strings.Trim(path, "/") {
	case "", "v1", "v2":
	default:
		return Registry{}
	}
	host, err := authority.OriginHost(name)
	if err != nil || host != name {
		return Registry{}
	}
	r := Registry{Host: host, Environment: cloudOf(host)}
	if entry, ok := entryOf(host, hosts); ok {
		r.Scope, r.TenantID, r.ClientID, r.Account, r.Profile = entry.Scope, entry.TenantID, entry.ClientID, entry.Account, entry.Profile
	} else if r.Environment == "" {
		return Registry{}
	}
	switch strings.ToLower(scheme) {
	case "https":
		r.Ours, r.Scope = true, cmp.Or(r.Scope, Scope)
		return r
	case "http":
		return Registry{Why: authority.NotOverHTTP(host)}
	}
	return Registry{}
}

// entryOf is the first entry of a host.
func entryOf(host string, hosts []Host) (Host, bool) {
	for _, h := range hosts {
		if name, err := authority.OriginHost(h.Host); err == nil && name == host {
			return h, true
		}
	}
	return Host{}, false
}

// cloudOf returns the cloud of a registry of Azure, "" for any other host, such as one with a port.
//
//   - https://learn.microsoft.com/azure/container-registry/container-registry-get-started-azure-cli
//   - https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
//   - https://learn.microsoft.com/azure/china/resources-developer-guide
func cloudOf(host string) string {
	label, domain, _ := strings.Cut(host, ".")
	if !isRegistryName(label) {
		return ""
	}
	switch domain {
	case "azurecr.io":
		return "AzurePublicCloud"
	case "azurecr.us":
		return "AzureUSGovernmentCloud"
	case "azurecr.cn":
		return "AzureChinaCloud"
	}
	return ""
}

// isRegistryName reports whether a label, in lower case, can be a registry's: letters and digits, and since 2025 perhaps
// a hash of its scope behind a hyphen:
// https://learn.microsoft.com/azure/container-registry/container-registry-get-started-portal#configure-domain-name-label
func isRegistryName(label string) bool {
	name, hash, hashed := strings.Cut(label, "-")
	plain := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !text.IsAlphanumeric(r) })
	}
	return len(label) <= 63 && plain(name) && (!hashed || plain(hash))
}
