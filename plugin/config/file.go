package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
)

// File is config.yaml.
type File struct {
	Path        string            // "" where there is no file
	Values      map[string]string // the shared settings that stand there
	Authorities []Trusted
	Hosts       []Host                       // for which git gets tokens
	Profiles    map[string]map[string]string // sets of shared settings, by name

	AllowResources []string // of Microsoft's own, that clusters may get tokens for: URIs, or application IDs
	AllowEnv       []string // NAME=VALUE: what a kubeconfig may set, though it moves what is trusted
}

// Trusted is a sign-in service besides the Microsoft clouds that the user trusts.
type Trusted struct {
	Host   string // host, or host:port
	CAFile string // PEM, trusted besides the system's; relative to the config file
	Graph  string // origin of its Microsoft Graph: https://host[:port]
}

// Parse takes nothing for granted: the file decides which hosts get a person's tokens.
func Parse(path string, content []byte) (*File, error) {
	bad := func(format string, args ...any) (*File, error) {
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
	c := &File{Path: path, Values: map[string]string{}}
	known := append(InFile(), authorities, hosts, profiles, allowResources, allowEnv)
	for _, key := range slices.Sorted(maps.Keys(top)) {
		switch {
		case key == authorities:
			if c.Authorities, err = parseAuthorities(top[key]); err != nil {
				return bad("%v", err)
			}
		case key == hosts:
			if c.Hosts, err = parseHosts(top[key]); err != nil {
				return bad("%v", err)
			}
		case key == profiles:
			if c.Profiles, err = parseProfiles(top[key]); err != nil {
				return bad("%v", err)
			}
		case key == allowResources:
			if c.AllowResources, err = parseList(key, top[key]); err != nil {
				return bad("%v", err)
			}
		case key == allowEnv:
			if c.AllowEnv, err = parseAllowEnv(top[key]); err != nil {
				return bad("%v", err)
			}
		case slices.Contains(known, key):
			if c.Values[key], err = textOf(key, top[key]); err != nil {
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
		if key == QR {
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
			if word, ok := v.(string); ok && text.IsWord(word) {
				words = append(words, word)
			}
		}
		if key == Scope && len(words) > 0 && len(words) == len(value) {
			return strings.Join(words, " "), nil
		}
	}
	return "", fmt.Errorf(`has a %s that is no text; put it in quotes: %s: "..."`, key, key)
}

// yamlWords is the reason of a YAML error on one line, without the lines of the file that it may quote.
func yamlWords(err error) string {
	content := strings.TrimPrefix(err.Error(), "yaml: ")
	content = strings.ReplaceAll(content, "unmarshal errors:\n", "")
	return text.Short(strings.TrimSpace(content), 160)
}
