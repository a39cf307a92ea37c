package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/text"
)

// hosts is the name of the list in the config file that says for which hosts git gets tokens.
const hosts = "hosts"

func parseHosts(value any) ([]git.Host, error) {
	entries, ok := value.([]any)
	if !ok {
		return nil, errors.New("has hosts that are no list")
	}
	var list []git.Host
	for _, entry := range entries {
		fields, ok := entry.(map[string]any)
		if !ok {
			return nil, errors.New("has a host that is no list of host, scope, tenant-id, client-id, account, organization and profile")
		}
		parsed, err := parseHost(fields)
		if err != nil {
			return nil, err
		}
		list = append(list, parsed)
	}
	return list, nil
}

func parseHost(fields map[string]any) (git.Host, error) {
	var h git.Host
	known := map[string]*string{"host": &h.Host, "organization": &h.Organization, scope: &h.Scope,
		tenantID: &h.TenantID, clientID: &h.ClientID, account: &h.Account, profile: &h.Profile}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if known[key] == nil {
			return h, fmt.Errorf("has an unknown setting in hosts: %s", unknownName(key, slices.Sorted(maps.Keys(known))))
		}
		text, err := textOf(key, fields[key])
		if err != nil {
			return h, err
		}
		*known[key] = text
	}
	host, err := authority.OriginHost(h.Host)
	if err != nil {
		return h, fmt.Errorf("names a host in hosts that %w", err)
	}
	h.Host = host
	return h, checkHost(h)
}

// checkHost refuses what could never be asked for.
func checkHost(h git.Host) error {
	azure := git.Find(git.Input{Protocol: "https", Host: h.Host}, nil).Ours
	for _, check := range []struct {
		name string
		bad  bool
		what string
	}{
		{scope, h.Scope == "" && !azure, "no scope: which application is behind it?"},
		{scope, h.Scope != "" && !allScopes(h.Scope), "a scope that is none, or scopes of two resources"},
		{tenantID, h.TenantID != "" && !authority.IsTenant(h.TenantID), "a tenant-id that is neither a GUID nor a domain name"},
		{clientID, h.ClientID != "" && !authority.IsClientID(h.ClientID), "a client-id that is no GUID"},
		{account, hasSpace(h.Account) && h.Account != "" || text.Clean(h.Account) != h.Account, "an account that is no user name"},
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
