package kubeconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/entralogin/entralogin/plugin/text"
)

// list is a list of a kubeconfig that is edited.
type list struct {
	name, key string // in the file: users, and user for the fields of each
	entries   map[string]map[string]any
	gone      []string // the fields of an entry that a change takes away, unless it says them itself
}

// lists are the lists of a kubeconfig, with what c changes in each.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
func (c Change) lists() []list {
	return []list{
		{"clusters", "cluster", c.Clusters, []string{"server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify", "tls-server-name"}},
		{"contexts", "context", c.Contexts, nil},
		// They say who somebody is: a new credential replaces all.
		{"users", "user", c.Users, []string{"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token",
			"tokenFile", "username", "password", "auth-provider", "exec"}},
	}
}

// all are the changed entries of a list, by name and in order.
func (l list) all() iter.Seq2[string, map[string]any] {
	return func(yield func(string, map[string]any) bool) {
		for _, name := range slices.Sorted(maps.Keys(l.entries)) {
			if !yield(name, l.entries[name]) {
				return
			}
		}
	}
}

func (c Change) empty() bool {
	return len(c.Clusters)+len(c.Contexts)+len(c.Users) == 0 && c.Current == ""
}

// without is what of c is another in want than in old.
func (c Change) without(old, want meaning) Change {
	rest := Change{maps.Clone(c.Clusters), maps.Clone(c.Contexts), maps.Clone(c.Users), c.Current}
	for _, l := range rest.lists() {
		maps.DeleteFunc(l.entries, func(name string, _ map[string]any) bool {
			return bytes.Equal(old.raw(l.name, name), want.raw(l.name, name))
		})
	}
	if bytes.Equal(old.top[current], want.top[current]) {
		rest.Current = ""
	}
	return rest
}

// apply returns what a file is to mean that means old.
func (c Change) apply(old meaning) (meaning, error) {
	want := old
	if len(old.top) == 0 && !c.empty() {
		want.top = map[string]json.RawMessage{"apiVersion": []byte(`"v1"`), "kind": []byte(`"Config"`)}
	}
	for _, l := range c.lists() {
		changed := map[string]json.RawMessage{}
		for name, fields := range l.all() {
			entry := old.entry(l.name, name)
			if entry == nil && l.key == "context" && fields["cluster"] == nil {
				return old, &Error{What: fmt.Sprintf("has no context %q", text.Short(name, 80))}
			}
			raw, err := json.Marshal(l.changed(name, entry, fields))
			if err != nil {
				return old, &Error{What: "can't hold what is asked for: " + err.Error(), Err: err}
			}
			changed[name] = raw
		}
		want = want.with(l.name, changed)
	}
	if c.Current != "" {
		raw, err := json.Marshal(c.Current)
		if err != nil {
			return old, &Error{What: "can't hold what is asked for: " + err.Error(), Err: err}
		}
		want.top = maps.Clone(want.top)
		want.top[current] = raw
	}
	return want, nil
}

// changed is an entry with other fields; nil is a new one.
func (l list) changed(name string, entry, fields map[string]any) map[string]any {
	if entry == nil {
		entry = map[string]any{"name": name}
	}
	section := map[string]any{}
	former, _ := entry[l.key].(map[string]any)
	for key, value := range former {
		if !slices.Contains(l.gone, key) {
			section[key] = value
		}
	}
	maps.Copy(section, fields)
	entry[l.key] = section
	return entry
}
