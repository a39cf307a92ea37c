package kubecmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/pop"
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
			fmt.Fprintf(&b, "left %s: %s; %s\n", name, r.Left, r.Do)
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
	if len(c.contexts[user]) < 2 {
		return ""
	}
	names := ""
	for _, name := range c.contexts[user] {
		names += ", " + text.Short(name, 80)
	}
	return ", the user of the contexts " + names[2:]
}

// convertAll converts all entries, in memory: those of each file, in order.
func (c *conversions) convertAll() map[string][]conversion {
	all := map[string][]conversion{}
	caches := map[string]map[string]bool{} // of the other plugin, by what else an entry says
	for path, file := range c.files.Files {
		users := file.Users()
		for _, name := range slices.Sorted(maps.Keys(users)) {
			r := conversion{c.convert(name, users[name]), name, path}
			if caches[r.Beside] == nil {
				caches[r.Beside] = map[string]bool{}
			}
			caches[r.Beside][r.Cache] = true
			all[path] = append(all[path], r)
		}
	}
	for _, results := range all {
		for i, r := range results {
			if r.Beside != "" && len(caches[r.Beside]) > 1 && c.given.Account == "" {
				_, again := c.commands(r.user)
				results[i].Conversion = kubeconfig.Conversion{From: r.From,
					Left: "another entry says the same but for --token-cache-dir, which kept two accounts apart",
					Do:   "name the account of each: " + again + " --account NAME"}
			}
		}
	}
	return all
}

// commands are those that write the entry of a user anew, and that convert it with what was given.
func (c *conversions) commands(user string) (add, convert string) {
	m := c.maker
	m.User = user
	if contexts := c.contexts[user]; len(contexts) > 0 {
		m.Context = contexts[0]
	}
	given := map[string]string{}
	for name, value := range map[string]string{config.TenantID: c.given.Tenant, config.ClientID: c.given.Client,
		config.Environment: c.given.Environment, config.Account: c.given.Account} {
		if value != "" {
			given[name] = value
		}
	}
	return m.AddCommand(given, nil, "--overwrite"), m.ConvertCommand(given)
}

// convert converts one entry, for the clusters that it is used with.
func (c *conversions) convert(name string, user kubeconfig.User) kubeconfig.Conversion {
	converter := kubeconfig.Converter{Entry: c.entry, Given: c.given, Usable: usable}
	for _, own := range c.config.Authorities {
		converter.Hosts = append(converter.Hosts, own.Host)
	}
	clusters := clustersOf(c.files, c.contexts[name])
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
	if converted.Left != "" { // the commands take longer than all else, and most entries need none
		converter.AddCommand, converter.ConvertCommand = c.commands(name)
		converted = converter.Convert(user)
	}
	if err != nil && converted.Fields != nil { // kubectl passes it on from now on
		return kubeconfig.Conversion{From: converted.From, Left: text.Short(err.Error(), 300), Do: "mend the extension of the cluster"}
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

// usable reports whether get-token takes a value for a setting.
func usable(setting, value string) bool {
	if value != text.Clean(value) || !text.IsWord(value) {
		return false
	}
	switch setting {
	case config.TenantID:
		return authority.IsTenant(value)
	case config.Environment:
		_, ok := authority.Cloud(value)
		return ok
	case config.ClientID:
		return authority.IsClientID(value)
	case config.PoPClaims:
		_, err := pop.ParseClaims(value)
		return err == nil
	case config.ServerID, config.Scope:
		alone := config.Settings{config.NewLayer(config.ByFlag, "", map[string]string{setting: value})}
		_, err := alone.Scopes(authority.Authority{})
		return err == nil
	}
	return true
}
