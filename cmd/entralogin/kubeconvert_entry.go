package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// report has one line for each entry.
func (c *conversions) report() string {
	var b strings.Builder
	for _, r := range c.results {
		name := text.Short(r.user, 80)
		if len(c.files.Paths) > 1 {
			name += " in " + text.Short(r.path, 200)
		}
		switch {
		case r.Ours:
			fmt.Fprintf(&b, "unchanged %s: it is entralogin's already\n", name)
		case r.Left != "":
			fmt.Fprintf(&b, "left %s: %s\n", name, r.Left)
		default:
			done := "converted"
			if c.dryRun {
				done = "would convert"
			}
			fmt.Fprintf(&b, "%s %s (%s)%s\n", done, name, r.From, c.contextsOf(r.user))
		}
	}
	return b.String()
}

// contextsOf names the contexts of a user that has several: all of them sign in with entralogin now.
func (c *conversions) contextsOf(user string) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.files.Contexts)) {
		if c.files.Contexts[name].User == user {
			names = append(names, text.Short(name, 80))
		}
	}
	if len(names) < 2 {
		return ""
	}
	return ", the user of the contexts " + strings.Join(names, ", ")
}

// convert converts one entry, for the clusters that it is used with.
func (c *conversions) convert(name string, user kubeconfig.User) kubeconfig.Conversion {
	converter := kubeconfig.Converter{Command: c.entry.Command, InstallHint: c.entry.InstallHint, Usable: usable, Services: c.services()}
	clusters, err := addition{user: name}.clusterSettings(c.files)
	for _, cluster := range clusters {
		s := settings{mapLayer("the cluster's configuration", cluster), mapLayer(c.config.path, c.config.values)}
		found, _ := findAuthority(s, c.config) // what can't be used is overruled by what the entry says
		kind, _ := s.get(tokenKind)
		converter.Defaults = append(converter.Defaults, kubeconfig.Default{Host: found.Host, TokenKind: kind})
	}
	converted := converter.Convert(user)
	if err != nil && converted.Fields != nil { // kubectl passes it on from now on
		return kubeconfig.Conversion{From: converted.From, Left: text.Short(err.Error(), 300)}
	}
	return converted
}

// services are the clouds, and what the config trusts besides them.
func (c *conversions) services() []kubeconfig.Service {
	var services []kubeconfig.Service
	for _, cloud := range authority.Clouds() {
		services = append(services, kubeconfig.Service{Host: cloud.Host, Environment: cloud.Environment})
	}
	for _, own := range c.config.authorities {
		services = append(services, kubeconfig.Service{Host: own.Host})
	}
	return services
}

// usable reports whether get-token takes a value for a setting.
func usable(setting, value string) bool {
	if value != text.Clean(value) || hasSpace(value) {
		return false
	}
	switch setting {
	case tenantID:
		return authority.IsTenant(value)
	case clientID:
		return authority.IsClientID(value)
	case serverID:
		return authority.IsScope(value) && (strings.Contains(value, "://") || !strings.ContainsAny(value, "/?#"))
	case scope:
		return authority.IsScope(value)
	}
	return true
}
