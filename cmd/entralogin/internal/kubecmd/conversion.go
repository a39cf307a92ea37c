package kubecmd

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
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
			fmt.Fprintf(&b, "%s %s (%s)%s\n", done, name, r.From, c.describeContexts(r.user))
		}
	}
	return b.String()
}

// describeContexts names the contexts of a user that has several: all of them sign in with entralogin now.
func (c *conversions) describeContexts(user string) string {
	names := contextsOf(c.files, user)
	if len(names) < 2 {
		return ""
	}
	for i, name := range names {
		names[i] = text.Short(name, 80)
	}
	return ", the user of the contexts " + strings.Join(names, ", ")
}

// convert converts one entry, for the clusters that it is used with.
func (c *conversions) convert(name string, user kubeconfig.User) kubeconfig.Conversion {
	converter := kubeconfig.Converter{Entry: c.entry, Usable: usable, Services: c.services()}
	clusters := clustersOf(c.files, contextsOf(c.files, name))
	why := untold(c.files, clusters)
	converter.Entry.ProvideClusterInfo = why == ""
	settings, err := clusterSettings(c.files, clusters)
	for _, cluster := range settings {
		s := c.settled(cluster)
		found, _ := s.FindAuthority() // what can't be used is overruled by what the entry says
		kind, _ := s.Get(config.TokenKind)
		converter.Defaults = append(converter.Defaults, kubeconfig.Default{Host: found.Host, TokenKind: kind})
	}
	converted := converter.Convert(user)
	if err != nil && converted.Fields != nil { // kubectl passes it on from now on
		return kubeconfig.Conversion{From: converted.From, Left: text.Short(err.Error(), 300)}
	}
	if why != "" && converted.Fields != nil {
		converted.Notes = append(converted.Notes, why)
	}
	return converted
}

// settled is what get-token does for a cluster, whoever calls it: no variable of this call counts.
func (c *conversions) settled(cluster map[string]string) config.Settled {
	return config.Settled{File: c.config, Settings: config.Settings{
		config.NewLayer(config.ByCluster, "the cluster's configuration", cluster),
		config.NewLayer(config.ByProfile, c.config.Path, c.config.Profiles[c.config.Values[config.Profile]]),
		config.NewLayer(config.ByFile, c.config.Path, c.config.Values),
	}}
}

// services are the clouds, and what the config trusts besides them.
func (c *conversions) services() []kubeconfig.Service {
	var services []kubeconfig.Service
	for _, cloud := range authority.Clouds() {
		services = append(services, kubeconfig.Service{Host: cloud.Host, Environment: cloud.Environment})
	}
	for _, own := range c.config.Authorities {
		services = append(services, kubeconfig.Service{Host: own.Host})
	}
	return services
}

// usable reports whether get-token takes a value for a setting.
func usable(setting, value string) bool {
	if value != text.Clean(value) || !text.IsWord(value) {
		return false
	}
	switch setting {
	case config.TenantID:
		return authority.IsTenant(value)
	case config.ClientID:
		return authority.IsClientID(value)
	case config.ServerID, config.Scope:
		alone := config.Settings{config.NewLayer(config.ByFlag, "", map[string]string{setting: value})}
		_, err := alone.Scopes(authority.Authority{})
		return err == nil
	}
	return true
}
