package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/text"
)

// profiles is the name of the map in the config file: named sets of the shared settings.
const profiles = "profiles"

func parseProfiles(value any) (map[string]map[string]string, error) {
	entries, ok := value.(map[string]any)
	if !ok || len(entries) == 0 {
		return nil, errors.New("has profiles that are no list of names, each with settings below it")
	}
	parsed := map[string]map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if hasSpace(name) || name != text.Clean(name) || strings.HasPrefix(name, "-") {
			return nil, fmt.Errorf("has a profile whose name is no single word: %q", text.Short(name, 40))
		}
		fields, ok := entries[name].(map[string]any)
		if !ok || len(fields) == 0 {
			return nil, fmt.Errorf("has a profile without settings: %s", text.Short(name, 40))
		}
		var err error
		if parsed[name], err = parseProfile(name, fields); err != nil {
			return nil, err
		}
	}
	return parsed, nil
}

func parseProfile(name string, fields map[string]any) (map[string]string, error) {
	where := "the profile " + text.Short(name, 40)
	known := slices.DeleteFunc(settingsInFile(), func(key string) bool { return key == profile })
	values := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		switch {
		case key == profile, key == profiles:
			return nil, fmt.Errorf("has a profile in %s: profiles can't be nested", where)
		case key == "authorities", key == hosts:
			return nil, fmt.Errorf("has %s in %s: they are the same for all profiles and stand beside them", key, where)
		case !slices.Contains(known, key):
			return nil, fmt.Errorf("has an unknown setting in %s: %s", where, unknownName(key, known))
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
func (c *config) checkProfiles() error {
	if name, ok := c.values[profile]; ok && c.profiles[name] == nil {
		return fmt.Errorf("names the profile %s", c.unknownProfile(name))
	}
	for _, h := range c.hosts {
		if h.Profile != "" && c.profiles[h.Profile] == nil {
			return fmt.Errorf("names in hosts (%s) the profile %s", text.Short(h.Host, 80), c.unknownProfile(h.Profile))
		}
	}
	return nil
}

// unknownProfile says a name that is none, and those that are.
func (c *config) unknownProfile(name string) string {
	known := slices.Sorted(maps.Keys(c.profiles))
	content := fmt.Sprintf("%q, which is not there", text.Short(name, 40))
	if len(known) == 0 {
		return content + "; there are no profiles"
	}
	if near := text.Nearest(name, known); near != "" {
		content += fmt.Sprintf("; did you mean %q?", near)
	}
	return content + "; the profiles are " + strings.Join(known, ", ")
}

// withProfile puts the profile that the settings name right above the config file's own settings.
func (s settings) withProfile(c *config) (settings, error) {
	name, origin := s.get(profile)
	if name == "" {
		return s, nil
	}
	values := c.profiles[name]
	if values == nil {
		return nil, &configError{name: profile, origin: origin, what: "is " + c.unknownProfile(name),
			hint: fmt.Sprintf("Profiles stand in the config file, %s (entralogin help config).", cmp.Or(c.path, "which there is none of"))}
	}
	return slices.Insert(slices.Clone(s), len(s)-1, profileLayer(c, name)), nil
}

func profileLayer(c *config, name string) layer {
	return mapLayer(fmt.Sprintf("the profile %s in %s", name, c.path), c.profiles[name])
}

// forHost puts the profile of a git host in the place of the config file's own choice. One that is named for
// this very call, by flag or variable, counts more.
func (s settings) forHost(c *config, place git.Place) (settings, git.Place) {
	if place.Profile == "" {
		return s, place
	}
	for _, l := range s[:2] {
		if _, _, ok := l.get(profile); ok {
			return s, place
		}
	}
	place.TenantID = cmp.Or(place.TenantID, c.profiles[place.Profile][tenantID])
	own := s[len(s)-1]
	return settings{s[0], s[1], profileLayer(c, place.Profile), own}, place
}
