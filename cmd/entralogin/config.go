package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/text"
)

// config is config.yaml.
type config struct {
	path        string
	values      map[string]string // the shared settings that stand there
	authorities []authorityConfig
	hosts       []git.Host                   // for which git gets tokens
	profiles    map[string]map[string]string // sets of shared settings, by name
}

// authorityConfig is a sign-in service besides the Microsoft clouds that the user trusts.
type authorityConfig struct {
	Host   string // host, or host:port
	CAFile string // PEM, trusted besides the system's; relative to the config file
	Graph  string // origin of its Microsoft Graph: https://host[:port]
}

// settingsInFile are the shared settings that may stand in the config file.
func settingsInFile() []string {
	return []string{tenantID, clientID, serverID, scope, tokenKind, environment, authorityHost, account, prompt, promptTimeout, qrCode, storage, cacheDir, profile}
}

// readConfig reads the config file: the one that was named, which has to be there, or
// $XDG_CONFIG_HOME/entralogin/config.yaml, which may be missing.
func (a *app) readConfig() (*config, error) {
	path, named := a.flags[configFile], true
	if path == "" {
		path = a.getenv(variable(configFile))
	}
	if path == "" {
		named = false
		home := a.configHome()
		if home == "" {
			return &config{}, nil
		}
		path = filepath.Join(home, "entralogin", "config.yaml")
	}
	content, err := text.ReadUserFile(path)
	if err != nil && !named && errors.Is(err, fs.ErrNotExist) {
		return &config{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseConfig(path, content)
}

// parseConfig takes nothing for granted: the file decides which hosts get a person's tokens.
func parseConfig(path string, content []byte) (*config, error) {
	bad := func(format string, args ...any) (*config, error) {
		return nil, &text.FileError{Path: path, What: fmt.Sprintf(format, args...)}
	}
	blob, err := yaml.YAMLToJSONStrict(content)
	if err != nil {
		return bad("is no YAML that can be used: %s", yamlWords(err))
	}
	var top map[string]any
	if err := json.Unmarshal(blob, &top); err != nil || top == nil && string(blob) != "null" {
		return bad("is no list of settings (name: value)")
	}
	c := &config{path: path, values: map[string]string{}}
	known := append(settingsInFile(), "authorities", hosts, profiles)
	for _, key := range slices.Sorted(maps.Keys(top)) {
		switch {
		case key == "authorities":
			if c.authorities, err = parseAuthorities(top[key]); err != nil {
				return bad("%v", err)
			}
		case key == hosts:
			if c.hosts, err = parseHosts(top[key]); err != nil {
				return bad("%v", err)
			}
		case key == profiles:
			if c.profiles, err = parseProfiles(top[key]); err != nil {
				return bad("%v", err)
			}
		case slices.Contains(known, key):
			if c.values[key], err = textOf(key, top[key]); err != nil {
				return bad("%v", err)
			}
		default:
			return bad("has an unknown setting %s", unknownName(key, known))
		}
	}
	if err := c.checkProfiles(); err != nil {
		return bad("%v", err)
	}
	return c, nil
}

func unknownName(key string, known []string) string {
	if near := text.Nearest(key, known); near != "" {
		return fmt.Sprintf("%q; did you mean %q?", text.Short(key, 40), near)
	}
	return fmt.Sprintf("%q; the settings are %s", text.Short(key, 40), strings.Join(known, ", "))
}

// textOf returns a setting's text; scope may be a list of texts.
func textOf(key string, value any) (string, error) {
	switch value := value.(type) {
	case bool:
		if key == qrCode {
			return strconv.FormatBool(value), nil
		}
	case string:
		if strings.TrimSpace(value) == "" {
			return "", fmt.Errorf("has an empty %s", key)
		}
		return value, nil
	case []any:
		var words []string
		for _, v := range value {
			if word, ok := v.(string); ok && !hasSpace(word) {
				words = append(words, word)
			}
		}
		if key == scope && len(words) > 0 && len(words) == len(value) {
			return strings.Join(words, " "), nil
		}
	}
	return "", fmt.Errorf(`has a %s that is no text; put it in quotes: %s: "..."`, key, key)
}

// hasSpace reports whether s is no single word.
func hasSpace(s string) bool { return len(strings.Fields(s)) != 1 }

func parseAuthorities(value any) ([]authorityConfig, error) {
	entries, ok := value.([]any)
	if !ok {
		return nil, errors.New("has authorities that are no list")
	}
	var authorities []authorityConfig
	for _, entry := range entries {
		fields, ok := entry.(map[string]any)
		if !ok {
			return nil, errors.New("has an authority that is no list of host, ca-file and graph")
		}
		parsed, err := parseAuthority(fields)
		if err != nil {
			return nil, err
		}
		authorities = append(authorities, parsed)
	}
	return authorities, nil
}

func parseAuthority(fields map[string]any) (authorityConfig, error) {
	var a authorityConfig
	known := map[string]*string{"host": &a.Host, "ca-file": &a.CAFile, "graph": &a.Graph}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if known[key] == nil {
			return a, fmt.Errorf("has an unknown setting in authorities: %s", unknownName(key, slices.Sorted(maps.Keys(known))))
		}
		text, err := textOf(key, fields[key])
		if err != nil {
			return a, err
		}
		*known[key] = text
	}
	if kind := authority.Unsupported(a.Host); kind != "" {
		return a, fmt.Errorf("names an authority that is %s, which entralogin does not support", kind)
	}
	host, err := authority.OriginHost(a.Host)
	if err != nil {
		return a, fmt.Errorf("names an authority whose host %w", err)
	}
	a.Host = host
	if a.Graph == "" {
		return a, nil
	}
	if host, err = authority.OriginHost(a.Graph); err != nil {
		return a, fmt.Errorf("names an authority whose graph %w", err)
	}
	a.Graph = "https://" + host
	return a, nil
}

// yamlWords is the reason of a YAML error on one line, without the lines of the file that it may quote.
func yamlWords(err error) string {
	content := strings.TrimPrefix(err.Error(), "yaml: ")
	content = strings.ReplaceAll(content, "unmarshal errors:\n", "")
	return text.Short(strings.TrimSpace(content), 160)
}
