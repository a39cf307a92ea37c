package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin"
)

// config is config.yaml.
type config struct {
	path        string
	values      map[string]string // the shared settings that stand there
	authorities []authorityConfig
}

// authorityConfig is a sign-in service besides the Microsoft clouds that the user trusts.
type authorityConfig struct {
	Host   string `json:"host"`    // host, or host:port
	CAFile string `json:"ca-file"` // PEM, trusted besides the system's; relative to the config file
	Graph  string `json:"graph"`   // origin of its Microsoft Graph: https://host[:port]
}

// settingsInFile are the shared settings that may stand in the config file.
func settingsInFile() []string {
	return []string{tenantID, clientID, serverID, scope, tokenKind, environment, authorityHost, account, prompt, promptTimeout, cacheDir}
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
	text, err := plugin.ReadUserFile(path)
	if err != nil && !named && errors.Is(err, fs.ErrNotExist) {
		return &config{}, nil
	}
	if err != nil {
		return nil, err
	}
	return parseConfig(path, text)
}

// parseConfig takes nothing for granted: the file decides which hosts get a person's tokens.
func parseConfig(path string, text []byte) (*config, error) {
	bad := func(format string, args ...any) (*config, error) {
		return nil, &plugin.FileError{Path: path, What: fmt.Sprintf(format, args...)}
	}
	blob, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return bad("is no YAML that can be used: %s", yamlWords(err))
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(blob, &top); err != nil {
		return bad("is no list of settings (name: value)")
	}
	c := &config{path: path, values: map[string]string{}}
	known := append(settingsInFile(), "authorities")
	for _, key := range slices.Sorted(maps.Keys(top)) {
		switch {
		case key == "authorities":
			if c.authorities, err = parseAuthorities(top[key]); err != nil {
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
	return c, nil
}

func unknownName(key string, known []string) string {
	if near := plugin.Nearest(key, known); near != "" {
		return fmt.Sprintf("%q; did you mean %q?", plugin.CleanShort(key, 40), near)
	}
	return fmt.Sprintf("%q; the settings are %s", plugin.CleanShort(key, 40), strings.Join(known, ", "))
}

// textOf returns a setting's text; scope may be a list of texts.
func textOf(key string, raw json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(raw, &text) == nil && !bytes.Equal(raw, []byte("null")) {
		if strings.TrimSpace(text) == "" {
			return "", fmt.Errorf("has an empty %s", key)
		}
		return text, nil
	}
	var list []string
	if key == scope && json.Unmarshal(raw, &list) == nil && len(list) > 0 && !slices.ContainsFunc(list, hasSpace) {
		return strings.Join(list, " "), nil
	}
	return "", fmt.Errorf(`has a %s that is no text; put it in quotes: %s: "..."`, key, key)
}

// hasSpace reports whether s is no single word.
func hasSpace(s string) bool { return len(strings.Fields(s)) != 1 }

func parseAuthorities(raw json.RawMessage) ([]authorityConfig, error) {
	var entries []map[string]json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		return nil, errors.New("has authorities that are no list of host, ca-file and graph")
	}
	var authorities []authorityConfig
	for _, entry := range entries {
		var parsed authorityConfig
		fields := map[string]*string{"host": &parsed.Host, "ca-file": &parsed.CAFile, "graph": &parsed.Graph}
		for _, key := range slices.Sorted(maps.Keys(entry)) {
			if fields[key] == nil {
				return nil, fmt.Errorf("has an unknown setting in authorities: %s", unknownName(key, slices.Sorted(maps.Keys(fields))))
			}
			text, err := textOf(key, entry[key])
			if err != nil {
				return nil, err
			}
			*fields[key] = text
		}
		host, err := originHost(parsed.Host)
		if err != nil {
			return nil, fmt.Errorf("names an authority whose host %v", err)
		}
		parsed.Host = host
		if parsed.Graph != "" {
			graph, err := originHost(parsed.Graph)
			if err != nil {
				return nil, fmt.Errorf("names an authority whose graph %v", err)
			}
			parsed.Graph = "https://" + graph
		}
		authorities = append(authorities, parsed)
	}
	return authorities, nil
}

// yamlWords is the reason of a YAML error on one line, without the lines of the file that it may quote.
func yamlWords(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.ReplaceAll(text, "unmarshal errors:\n", "")
	return plugin.CleanShort(strings.TrimSpace(text), 160)
}
