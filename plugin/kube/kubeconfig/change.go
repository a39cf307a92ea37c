package kubeconfig

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/entralogin/entralogin/plugin/text"
)

// credentials are the fields of a user entry that say who somebody is. A new credential replaces all.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
func credentials() []string {
	return []string{"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token",
		"tokenFile", "username", "password", "auth-provider", "exec"}
}

// names are the entries that c changes, by their list and in their order.
func (c Change) names() map[string][]string {
	return map[string][]string{users: slices.Sorted(maps.Keys(c.Users)), contexts: slices.Sorted(maps.Keys(c.Contexts))}
}

// without is what of c is another in want than in old.
func (c Change) without(old, want meaning) Change {
	rest := Change{Users: maps.Clone(c.Users), Contexts: maps.Clone(c.Contexts)}
	same := func(list, name string) bool { return bytes.Equal(old.raw(list, name), want.raw(list, name)) }
	maps.DeleteFunc(rest.Users, func(name string, _ map[string]any) bool { return same(users, name) })
	maps.DeleteFunc(rest.Contexts, func(name, _ string) bool { return same(contexts, name) })
	return rest
}

// apply returns what a file is to mean that means old.
func (c Change) apply(old meaning) (meaning, error) {
	if len(c.Users)+len(c.Contexts) == 0 {
		return old, nil
	}
	changed := map[string]map[string]json.RawMessage{users: {}, contexts: {}}
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		entry, err := c.user(old, name)
		if err != nil {
			return old, &Error{What: "can't hold what is asked for: " + err.Error(), Err: err}
		}
		changed[users][name] = entry
	}
	for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
		if old.raw(contexts, name) == nil {
			return old, &Error{What: fmt.Sprintf("has no context %q", text.Short(name, 80))}
		}
		changed[contexts][name] = c.context(old, name)
	}
	want := old.with(users, changed[users]).with(contexts, changed[contexts])
	if len(old.top) == 0 {
		want.top = map[string]json.RawMessage{"apiVersion": []byte(`"v1"`), "kind": []byte(`"Config"`)}
	}
	return want, nil
}

// user is the entry of a user after the change.
func (c Change) user(old meaning, name string) (json.RawMessage, error) {
	entry := old.entry(users, name)
	if entry == nil {
		entry = map[string]any{"name": name}
	}
	former, _ := entry["user"].(map[string]any)
	entry["user"] = replaced(former, c.Users[name])
	return json.Marshal(entry)
}

// context is the entry of a context after the change.
func (c Change) context(old meaning, name string) json.RawMessage {
	entry := old.entry(contexts, name)
	fields, _ := entry["context"].(map[string]any)
	if fields == nil {
		fields = map[string]any{}
	}
	fields["user"] = c.Contexts[name]
	entry["context"] = fields
	raw, err := json.Marshal(entry)
	if err != nil {
		panic("what was JSON is JSON")
	}
	return raw
}

// replaced is a user entry with other credentials.
func replaced(former, fields map[string]any) map[string]any {
	entry := maps.Clone(former)
	if entry == nil {
		entry = map[string]any{}
	}
	for _, name := range credentials() {
		delete(entry, name)
	}
	maps.Copy(entry, fields)
	return entry
}
