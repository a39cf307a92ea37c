package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

func parseProfiles(value any) (map[string]map[string]string, map[string][]cache.Subscription, error) {
	entries, ok := value.(map[string]any)
	if !ok || len(entries) == 0 {
		return nil, nil, errors.New("has profiles that are no list of names, each with settings below it")
	}
	parsed, named := map[string]map[string]string{}, map[string][]cache.Subscription{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if !text.IsWord(name) || name != text.Clean(name) || strings.HasPrefix(name, "-") {
			return nil, nil, fmt.Errorf("has a profile whose name is no single word: %q", text.Short(name, 40))
		}
		fields, ok := entries[name].(map[string]any)
		if !ok || len(fields) == 0 {
			return nil, nil, fmt.Errorf("has a profile without settings: %s", text.Short(name, 40))
		}
		var err error
		if list, ok := fields[subscriptions]; ok {
			if named[name], err = parseSubscriptions(list); err != nil {
				return nil, nil, fmt.Errorf("in the profile %s %w", text.Short(name, 40), err)
			}
		}
		if parsed[name], err = parseProfile(name, fields); err != nil {
			return nil, nil, err
		}
	}
	return parsed, named, nil
}

func parseProfile(name string, fields map[string]any) (map[string]string, error) {
	where := "the profile " + text.Short(name, 40)
	known := slices.DeleteFunc(InFile(), func(key string) bool { return key == Profile })
	values := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch {
		case key == Profile, key == profiles:
			return nil, fmt.Errorf("has a profile in %s: profiles can't be nested", where)
		case key == authorities, key == hosts, key == registries, key == tenants, key == allowResources, key == allowEnv, key == agentSection:
			return nil, fmt.Errorf("has %s in %s: they are the same for all profiles and stand beside them", key, where)
		case key == subscriptions:
			continue
		case !slices.Contains(known, key):
			return nil, fmt.Errorf("has an unknown setting in %s: %s", where, unknownName(key, append(known, subscriptions)))
		}
		content, err := textOf(key, fields[key])
		if err != nil {
			return nil, fmt.Errorf("in %s %w", where, err)
		}
		values[key] = content
	}
	return values, nil
}

// checkProfiles refuses names of profiles that are not there.
func (c *File) checkProfiles() error {
	if name, ok := c.Values[Profile]; ok && c.Profiles[name] == nil {
		return fmt.Errorf("names the profile %s", c.unknownProfile(name))
	}
	for _, h := range c.Hosts {
		if h.Profile != "" && c.Profiles[h.Profile] == nil {
			return fmt.Errorf("names in hosts (%s) the profile %s", text.Short(h.Host, 80), c.unknownProfile(h.Profile))
		}
	}
	for _, r := range c.Registries {
		if r.Profile != "" && c.Profiles[r.Profile] == nil {
			return fmt.Errorf("names in registries (%s) the profile %s", text.Short(r.Host, 80), c.unknownProfile(r.Profile))
		}
	}
	return nil
}

// unknownProfile says a name that is none, and those that are.
func (c *File) unknownProfile(name string) string {
	known := slices.Sorted(maps.Keys(c.Profiles))
	content := fmt.Sprintf("%q, which is not there", text.Short(name, 40))
	if len(known) == 0 {
		return content + "; there are no profiles"
	}
	if near := text.Nearest(name, known); near != "" {
		content += fmt.Sprintf("; did you mean %q?", near)
	}
	return content + "; the profiles are " + strings.Join(known, ", ")
}

// profile is the layer of a profile.
func (c *File) profile(name string) Layer {
	return NewLayer(ByProfile, fmt.Sprintf("the profile %s in %s", name, c.Path), c.Profiles[name])
}
