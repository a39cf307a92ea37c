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
	return h, checkHost(h)
}

// checkHost refuses what could never be asked for.
func checkHost(h Host) error {
	azure := authority.IsAzureDevOps(h.Host)
	for _, check := range []struct {
		name string
		bad  bool
		what string
	}{
		{Scope, h.Scope == "" && !azure, "no scope: which application is behind it?"},
		{Scope, h.Scope != "" && !allScopes(h.Scope), "a scope that is none, or scopes of two resources"},
		{TenantID, h.TenantID != "" && !authority.IsTenant(h.TenantID), "a tenant-id that is neither a GUID nor a domain name"},
		{ClientID, h.ClientID != "" && !authority.IsClientID(h.ClientID), "a client-id that is no GUID"},
		{Account, !text.IsWord(h.Account) && h.Account != "" || text.Clean(h.Account) != h.Account, "an account that is no user name"},
		{"organization", h.Organization != "" && h.Host != "dev.azure.com", "an organization, which only dev.azure.com has"},
	} {
		if check.bad {
			return fmt.Errorf("has %s in hosts (%s)", check.what, text.Short(h.Host, 80))
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
