package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// Setting is what stands in the config file under a key.
type Setting struct {
	Key    string   // as Change has it; without a field where an entry says nothing but its name
	Values []string // more than one in a list alone
}

// Settings are all that stand in the file, in the order of their keys.
func (f *File) Settings() []Setting {
	all := map[string][]string{}
	add := func(start string, values map[string]string) {
		for name, value := range values {
			if value != "" {
				all[start+name] = []string{value}
			}
		}
	}
	add("", f.Values)
	for name, values := range f.Profiles {
		add(profiles+"."+name+".", values)
	}
	for name, values := range f.Tenants {
		add(tenants+"."+name+".", values)
	}
	for _, a := range f.Authorities {
		start := authorities + "." + a.Host
		if add(start+".", map[string]string{"ca-file": a.CAFile, "graph": a.Graph, "resource-manager": a.ResourceManager}); a.CAFile+a.Graph+a.ResourceManager == "" {
			all[start] = nil
		}
	}
	for _, h := range f.Hosts {
		start := hosts + "." + h.Host
		if h.Organization != "" {
			start += "/" + h.Organization
		}
		add(start+".", map[string]string{Scope: h.Scope, TenantID: h.TenantID, ClientID: h.ClientID, Account: h.Account, Profile: h.Profile})
		if h.Scope+h.TenantID+h.ClientID+h.Account+h.Profile == "" {
			all[start] = nil
		}
	}
	for _, r := range f.Registries {
		start := registries + "." + r.Host
		if add(start+".", map[string]string{Scope: r.Scope, TenantID: r.TenantID, ClientID: r.ClientID, Account: r.Account, Profile: r.Profile}); r == (Registry{Host: r.Host}) {
			all[start] = nil
		}
	}
	lists := map[string][]string{allowEnv: f.AllowEnv, allowResources: f.AllowResources, subscriptions: subscriptionWords(f.Subscriptions)}
	for name, list := range f.Agent.settings() {
		lists[agentSection+"."+name] = list
	}
	for name, list := range f.ProfileSubscriptions {
		lists[profiles+"."+name+"."+subscriptions] = subscriptionWords(list)
	}
	for name, list := range lists {
		if len(list) > 0 {
			all[name] = list
		}
	}
	var settings []Setting
	for _, key := range slices.Sorted(maps.Keys(all)) {
		settings = append(settings, Setting{key, all[key]})
	}
	return settings
}

// Below are the settings of a key, and of what is below it: one, those of an entry, or none.
func (f *File) Below(key Key) []Setting {
	return slices.DeleteFunc(f.Settings(), func(s Setting) bool {
		k, err := ParseKey(s.Key)
		return err != nil || k.Section != key.Section || key.Field != "" && k.Field != key.Field || entry(k.Entry) != entry(key.Entry)
	})
}

// entry is the one form of the name of an entry.
func entry(name string) string {
	host, organization, _ := strings.Cut(name, "/")
	return origin(host) + "/" + strings.ToLower(organization)
}

// Keys are those that a person may mean: of all settings, and of what stands in the file.
func (f *File) Keys() []string {
	keys := append(InFile(), subscriptions, allowResources, allowEnv, agentSection)
	for _, field := range agentFields() {
		keys = append(keys, agentSection+"."+field)
	}
	for _, s := range f.Settings() {
		keys = append(keys, s.Key)
		k, err := ParseKey(s.Key)
		if err != nil || k.Section == "" || k.Section == agentSection {
			continue
		}
		start := k.Section + "." + k.Entry
		keys = append(keys, start)
		for _, field := range sections()[k.Section] {
			keys = append(keys, start+"."+field)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Default is what holds where nothing says a setting, "" where that is nothing or depends on the call.
func (c Source) Default(name string) string {
	dir, _ := c.defaultCache()
	return map[string]string{TokenKind: "access", Environment: "AzurePublicCloud", Prompt: "auto", Login: Auto, QR: "false", RenewAhead: "true", CacheDir: dir}[name]
}

// NotShown stands for a value.
const NotShown = "a value that is not shown, since it has not the form of one"

// Shown is a setting's value where it has the form of one: what somebody has put into the wrong place could be a secret.
func Shown(name, value string) string {
	host, err := authority.OriginHost(value)
	switch {
	case name == AuthorityHost && err == nil:
		return "https://" + text.Short(host, 120)
	case name == AuthorityHost,
		name == TenantID && !authority.IsTenant(value),
		name == ClientID && !authority.IsClientID(value),
		strings.Contains(value, "://") && strings.Contains(value, "@"):
		return NotShown
	}
	return text.Redact(value, 200)
}
