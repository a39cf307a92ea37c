package kube

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/entralogin/entralogin/plugin/text"
)

// SettingNames are the keys that the cluster's config may have. They are those of flags and of the
// config file. What is run (browser), and where this machine keeps or listens for what, is no matter of a cluster's.
func SettingNames() []string {
	return []string{"tenant-id", "client-id", "server-id", "scope", "environment", "authority-host",
		"account", "token-kind", "prompt", "login"}
}

// Settings returns what the cluster's config asks for, as ClusterSettings does.
func (i Info) Settings() (map[string]string, error) {
	if i.Cluster == nil || i.Cluster.Config == nil {
		return map[string]string{}, nil
	}
	config, ok := i.Cluster.Config.(*runtime.Unknown) // client-go leaves it undecoded
	if !ok {
		return nil, fmt.Errorf("the cluster's config was decoded to a %T", i.Cluster.Config)
	}
	return ClusterSettings(config.Raw)
}

// ClusterSettings returns what a cluster's config asks for, empty if there is none. Several scopes are joined
// with spaces. Only the form is checked here: values are text that is not empty and has no control or
// invisible characters. Errors are *InputError.
//
// The config comes from the kubeconfig, which may be somebody else's work: what it may decide is for the
// caller to say.
func ClusterSettings(raw []byte) (map[string]string, error) {
	settings := map[string]string{}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || string(raw) == "null" {
		return settings, nil
	}
	var config map[string]json.RawMessage
	if json.Unmarshal(raw, &config) != nil {
		return nil, &InputError{"has a cluster config that is not an object"}
	}
	for _, key := range slices.Sorted(maps.Keys(config)) {
		if key == "apiVersion" || key == "kind" {
			continue // the object may name its own type
		}
		value, err := setting(key, config[key])
		if err != nil {
			return nil, err
		}
		settings[key] = value
	}
	return settings, nil
}

// setting returns one value of the cluster's config.
func setting(key string, raw json.RawMessage) (string, error) {
	names := SettingNames()
	if !slices.Contains(names, key) {
		if key == "browser" {
			return "", &InputError{"has a browser in the cluster's config, which can't choose what is run"}
		}
		hint := "known are " + strings.Join(names, ", ")
		if near := text.Nearest(key, names); near != "" {
			hint = fmt.Sprintf("is %q meant?", near)
		}
		return "", &InputError{fmt.Sprintf("has the unknown key %q in the cluster's config; %s", text.Short(key, 60), hint)}
	}
	texts, form := []*string{nil}, "a text"
	target := any(&texts[0])
	if key == "scope" {
		form = "a text or a list of texts"
		if bytes.HasPrefix(raw, []byte("[")) {
			target = &texts
		}
	}
	if json.Unmarshal(raw, target) != nil || slices.Contains(texts, nil) {
		return "", &InputError{fmt.Sprintf("has no good %q in the cluster's config: it has to be %s", key, form)}
	}
	var words []string
	for _, content := range texts {
		words = append(words, strings.Fields(*content)...)
		if text.Clean(*content) != *content {
			return "", &InputError{fmt.Sprintf("has control or invisible characters in %q of the cluster's config", key)}
		}
	}
	if len(words) == 0 {
		return "", &InputError{fmt.Sprintf("has an empty %q in the cluster's config", key)}
	}
	return strings.Join(words, " "), nil
}
