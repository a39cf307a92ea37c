package config

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Host is what the config says of a host that git signs in at. For Azure DevOps an entry adds to what is
// known of it.
type Host struct {
	Host         string // host, or host:port; in lower case
	Organization string // for dev.azure.com: the entry is for this organisation alone; "" for all of them
	Scope        string // may be "" for Azure DevOps
	TenantID     string // or ""
	ClientID     string // or ""
	Account      string // user name, or ""
	Profile      string // set of settings for this host, or ""
}

// name tells an entry from all others of hosts.
func (h Host) name() string {
	if h.Organization == "" {
		return h.Host
	}
	return h.Host + "/" + strings.ToLower(h.Organization)
}

func parseHost(fields map[string]any) (Host, error) {
	var h Host
	err := takeFields(hosts, fields, map[string]*string{"host": &h.Host, "organization": &h.Organization, Scope: &h.Scope,
		TenantID: &h.TenantID, ClientID: &h.ClientID, Account: &h.Account, Profile: &h.Profile})
	if err != nil {
		return h, err
	}
	host, err := authority.OriginHost(h.Host)
	if err != nil {
		return h, fmt.Errorf("names a host in hosts that %w", err)
	}
	h.Host = host
	switch {
	case h.Scope == "" && !authority.IsAzureDevOps(h.Host):
		return h, fmt.Errorf("has no scope in hosts (%s): which application is behind it?", text.Short(h.Host, 80))
	case h.Organization != "" && h.Host != "dev.azure.com":
		return h, fmt.Errorf("has an organization in hosts (%s), which only dev.azure.com has", text.Short(h.Host, 80))
	}
	return h, checkEntry(hosts, h.Host, h.Scope, h.TenantID, h.ClientID, h.Account)
}

// Registry is what the config says of a container registry. For one of Azure an entry adds to what is known of it; any
// other is one for which docker gets tokens because it stands here.
type Registry struct {
	Host     string // host, or host:port; in lower case
	Scope    string // "" is that of Azure's registries
	TenantID string // or ""
	ClientID string // or ""
	Account  string // user name, or ""
	Profile  string // set of settings for this registry, or ""
}

// name tells an entry from all others of registries.
func (r Registry) name() string { return r.Host }

func parseRegistry(fields map[string]any) (Registry, error) {
	var r Registry
	err := takeFields(registries, fields, map[string]*string{"host": &r.Host, Scope: &r.Scope, TenantID: &r.TenantID,
		ClientID: &r.ClientID, Account: &r.Account, Profile: &r.Profile})
	if err != nil {
		return r, err
	}
	if r.Host, err = authority.OriginHost(r.Host); err != nil {
		return r, fmt.Errorf("names a host in registries that %w", err)
	}
	return r, checkEntry(registries, r.Host, r.Scope, r.TenantID, r.ClientID, r.Account)
}

// checkEntry refuses what could never be asked for, in an entry of hosts or registries. An empty text is none.
func checkEntry(section, host, scope, tenant, client, account string) error {
	for _, check := range []struct {
		bad  bool
		what string
	}{
		{scope != "" && !allScopes(scope), "a scope that is none, or scopes of two resources"},
		{tenant != "" && !authority.IsTenant(tenant), "a tenant-id that is neither a GUID nor a domain name"},
		{client != "" && !authority.IsClientID(client), "a client-id that is no GUID"},
		{!text.IsWord(account) && account != "" || text.Clean(account) != account, "an account that is no user name"},
	} {
		if check.bad {
			return fmt.Errorf("has %s in %s (%s)", check.what, section, text.Short(host, 80))
		}
	}
	return nil
}

// allScopes reports whether text is a list of scopes of one resource.
func allScopes(text string) bool {
	words := strings.Fields(text)
	scopes, wrong := authority.Authority{}.Scopes(words)
	return wrong == nil && len(scopes) > 0 && len(scopes) == len(words)
}
