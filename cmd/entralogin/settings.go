package main

import (
	"slices"
	"strings"
)

// The shared settings. Each has the same name as a flag (--tenant-id), as a variable
// (ENTRALOGIN_TENANT_ID), in the config file and in a cluster's configuration (tenant-id:).
const (
	tenantID      = "tenant-id"
	clientID      = "client-id"
	serverID      = "server-id"
	scope         = "scope"
	tokenKind     = "token-kind"
	environment   = "environment"
	authorityHost = "authority-host"
	account       = "account"
	prompt        = "prompt"
	promptTimeout = "prompt-timeout"
	storage       = "storage"
	cacheDir      = "cache-dir"
	profile       = "profile"
	configFile    = "config"
)

// layer is one origin of settings.
type layer struct {
	name string // "a flag", as it stands in messages
	// get returns a value and its origin in words: "--tenant-id"; ok is false if it is not set here.
	get func(name string) (value, origin string, ok bool)
}

// settings are the layers, the one that wins first.
type settings []layer

// get returns the value that wins, and where it stands. It returns "" where the setting is nowhere.
func (s settings) get(name string) (value, origin string) {
	for _, l := range s {
		if v, o, ok := l.get(name); ok {
			return v, o
		}
	}
	return "", ""
}

// firstWith returns the one layer that wins where several settings say the same thing in different ways: the
// first that has any of them. None if no layer has.
func (s settings) firstWith(names ...string) settings {
	for i, l := range s {
		for _, name := range names {
			if _, _, ok := l.get(name); ok {
				return s[i : i+1]
			}
		}
	}
	return nil
}

// list returns a setting of several words.
func (s settings) list(name string) (values []string, origin string) {
	v, origin := s.get(name)
	return strings.Fields(v), origin
}

// flagLayer holds the flags that were given.
type flagLayer map[string]string

func (f flagLayer) layer() layer {
	return layer{"a flag", func(name string) (string, string, bool) {
		v, ok := f[name]
		return v, "--" + name, ok
	}}
}

// variable is the environment variable of a setting.
func variable(name string) string {
	return "ENTRALOGIN_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// envLayer takes settings from the environment; an empty variable is as good as none.
func envLayer(getenv func(string) string) layer {
	return layer{"the environment", func(name string) (string, string, bool) {
		v := getenv(variable(name))
		return v, variable(name), v != ""
	}}
}

// mapLayer takes settings from a file or from the cluster.
func mapLayer(name string, values map[string]string) layer {
	return layer{name, func(key string) (string, string, bool) {
		v, ok := values[key]
		return v, name, ok
	}}
}

// insertBelow puts a layer right below the environment: what a cluster or a given file says counts less
// than a flag or a variable and more than the config file.
func (s settings) insertBelow(above string, l layer) settings {
	i := slices.IndexFunc(s, func(x layer) bool { return x.name == above })
	return slices.Insert(slices.Clone(s), i+1, l)
}
