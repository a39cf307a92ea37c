package kubeconfig

import (
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

// apply returns what a file is to mean that means old.
func (c Change) apply(old map[string]any) (map[string]any, error) {
	want := deepCopy(old)
	if len(want) == 0 {
		want = map[string]any{"apiVersion": "v1", "kind": "Config"}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		fields, err := plain(c.Users[name])
		if err != nil {
			return nil, &Error{What: "can't hold what is asked for: " + err.Error(), Err: err}
		}
		entry := entryOf(want, "users", name)
		if entry == nil {
			entry = map[string]any{"name": name}
			users, _ := want["users"].([]any)
			want["users"] = append(users, entry)
		}
		former, _ := entry["user"].(map[string]any)
		entry["user"] = replaced(former, fields)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
		entry := entryOf(want, "contexts", name)
		if entry == nil {
			return nil, &Error{What: fmt.Sprintf("has no context %q", text.Short(name, 80))}
		}
		context, _ := entry["context"].(map[string]any)
		if context == nil {
			context = map[string]any{}
			entry["context"] = context
		}
		context["user"] = c.Contexts[name]
	}
	if len(c.Users)+len(c.Contexts) == 0 {
		return old, nil
	}
	return want, nil
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

// entryOf finds an entry of a list by its name, nil if there is none.
func entryOf(top map[string]any, list, name string) map[string]any {
	entries, _ := top[list].([]any)
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		if found, _ := entry["name"].(string); entry != nil && found == name {
			return entry
		}
	}
	return nil
}

// plain turns fields into what parse makes of them.
func plain(fields map[string]any) (map[string]any, error) {
	blob, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	return generic(blob)
}

func deepCopy(top map[string]any) map[string]any {
	twin, err := plain(top)
	if err != nil {
		panic("what was parsed is always JSON")
	}
	return twin
}
