package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// File is config.yaml.
type File struct {
	Path                 string            // "" where there is no file
	Values               map[string]string // the shared settings that stand there
	Authorities          []Trusted
	Subscriptions        []cache.Subscription            // of Azure, which nobody has to ask for then
	ProfileSubscriptions map[string][]cache.Subscription // those of a profile, by its name
	Hosts                []Host                          // for which git gets tokens
	Registries           []Registry                      // for which docker does
	Profiles             map[string]map[string]string    // sets of shared settings, by name
	Tenants              map[string]map[string]string    // how to sign in to a tenant, by its name as calls have it, in lower case

	AllowResources []string // of Microsoft's own, that clusters may get tokens for: URIs, or application IDs
	AllowEnv       []string // NAME=VALUE: what a kubeconfig may set, though it moves what is trusted

	Agent Agent
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
	for _, key := range slices.Sorted(maps.Keys(top)) {
		if err := c.take(key, top[key]); err != nil {
			return bad("%v", err)
		}
	}
	if err := c.checkProfiles(); err != nil {
		return bad("%v", err)
	}
	return c, nil
}

// take reads one setting.
func (c *File) take(key string, value any) (err error) {
	switch key {
	case authorities:
		c.Authorities, err = parseHosts(key, "an authority that is no list of host, ca-file, graph and resource-manager", value, parseAuthority)
	case hosts:
		c.Hosts, err = parseHosts(key, "a host that is no list of host, scope, tenant-id, client-id, account, organization and profile", value, parseHost)
	case registries:
		c.Registries, err = parseHosts(key, "a registry that is no list of host, scope, tenant-id, client-id, account and profile", value, parseRegistry)
	case profiles:
		c.Profiles, c.ProfileSubscriptions, err = parseProfiles(value)
	case subscriptions:
		c.Subscriptions, err = parseSubscriptions(value)
	case tenants:
		c.Tenants, err = parseTenants(value)
	case allowResources:
		c.AllowResources, err = parseList(key, value)
	case allowEnv:
		c.AllowEnv, err = parseAllowEnv(value)
	case agentSection:
		c.Agent, err = parseAgent(value)
	default:
		if known := InFile(); !slices.Contains(known, key) {
			return fmt.Errorf("has an unknown setting %s", unknownName(key, append(known, besides()...)))
		}
		c.Values[key], err = textOf(key, value)
	}
	return err
}

// parseHosts reads a list of entries, each with a name of its own: of two with one name it can't be known which is meant.
func parseHosts[T interface{ name() string }](key, misfit string, value any, parse func(fields map[string]any) (T, error)) ([]T, error) {
	list, err := parseEntries(key, misfit, value, parse)
	for i, entry := range list {
		if slices.ContainsFunc(list[:i], func(earlier T) bool { return earlier.name() == entry.name() }) {
			return nil, fmt.Errorf("has a host twice in %s: %s", key, text.Short(entry.name(), 80))
		}
	}
	return list, err
}

// parseEntries reads a list of entries, each with fields of its own.
func parseEntries[T any](key, misfit string, value any, parse func(fields map[string]any) (T, error)) ([]T, error) {
	entries, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("has %s that are no list", key)
	}
	var list []T
	for _, entry := range entries {
		fields, ok := entry.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("has %s", misfit)
		}
		parsed, err := parse(fields)
		if err != nil {
			return nil, err
		}
		list = append(list, parsed)
	}
	return list, nil
}

// takeFields reads the fields of an entry, all of which are texts.
func takeFields(key string, fields map[string]any, known map[string]*string) (err error) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if known[name] == nil {
			return fmt.Errorf("has an unknown setting in %s: %s", key, unknownName(name, slices.Sorted(maps.Keys(known))))
		}
		if *known[name], err = textOf(name, fields[name]); err != nil {
			return err
		}
	}
	return nil
}

// parseList reads a list of texts.
func parseList(key string, value any) ([]string, error) {
	entries, _ := value.([]any)
	var list []string
	for _, entry := range entries {
		if word, ok := entry.(string); ok && strings.TrimSpace(word) != "" && text.Clean(word) == word {
			list = append(list, word)
		}
	}
	if len(list) == 0 || len(list) != len(entries) {
		return nil, fmt.Errorf(`has %s that are no list of texts: %s: ["..."]`, key, key)
	}
	return list, nil
}

// parseAllowEnv reads variables with the one value that each may have.
func parseAllowEnv(value any) ([]string, error) {
	list, err := parseList(allowEnv, value)
	for _, entry := range list {
		if name, _, ok := strings.Cut(entry, "="); !ok || name == "" {
			return nil, fmt.Errorf(`has %q in %s, which is no NAME=VALUE`, text.Short(entry, 80), allowEnv)
		}
	}
	return list, err
}

// noPlace says where a secret belongs, "" for what is none: whoever writes one here needs no other spelling.
func noPlace(key string) string {
	name := strings.ReplaceAll(strings.ToLower(key), "_", "-")
	file, ok := map[string]string{ClientSecret: ", or name a file that has it: " + ClientSecretFile, ClientCertificatePassword: ""}[name]
	if !ok {
		return ""
	}
	return fmt.Sprintf("is a secret, and has no place in a config file: set %s%s (entralogin help machines)", Variable(name), file)
}

func unknownName(key string, known []string) string {
	if no := noPlace(key); no != "" {
		return fmt.Sprintf("%q, which %s", text.Short(key, 40), no)
	}
	if near := text.Nearest(key, known); near != "" {
		return fmt.Sprintf("%q; did you mean %q?", text.Short(key, 40), near)
	}
	return fmt.Sprintf("%q; the settings are %s", text.Short(key, 40), strings.Join(known, ", "))
}

// textOf returns a setting's text; scope may be a list of texts.
func textOf(key string, value any) (string, error) {
	switch value := value.(type) {
	case bool:
		if slices.Contains([]string{QR, RenewAhead, ClientSecretKeyring, SendCertificateChain, PoPEnabled}, key) {
			return strconv.FormatBool(value), nil
		}
	case float64: // as JSON has numbers
		if key == RedirectPort {
			return strconv.FormatFloat(value, 'f', -1, 64), nil
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
