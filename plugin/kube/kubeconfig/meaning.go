package kubeconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	sigsjson "sigs.k8s.io/json"
)

// current is the key of the current context.
const current = "current-context"

// meaning is what a kubeconfig says, without a type: as JSON of the one form that json.Marshal writes, taken apart
// no further than to the entries of the lists that are edited. Nothing in it is ever changed in place.
type meaning struct {
	top   map[string]json.RawMessage // nil for an empty file
	lists map[string]entries         // clusters, contexts and users
}

// entries are those of a list, and where the one of a name is.
type entries struct {
	all []json.RawMessage
	at  map[string]int
}

// readMeaning takes JSON apart that json.Marshal wrote.
func readMeaning(blob []byte) (m meaning, err error) {
	if err := json.Unmarshal(blob, &m.top); err != nil {
		return m, err
	}
	m.lists = map[string]entries{}
	for _, l := range (Change{}).lists() {
		e := entries{at: map[string]int{}}
		var names []named
		if raw := m.top[l.name]; raw != nil {
			if err := errors.Join(json.Unmarshal(raw, &e.all), sigsjson.UnmarshalCaseSensitivePreserveInts(raw, &names)); err != nil {
				return m, err
			}
		}
		for i, entry := range names {
			e.at[entry.Name] = i
		}
		m.lists[l.name] = e
	}
	return m, nil
}

// looksRight reports whether anything says that it is a kubeconfig, or whether there is nothing at all.
func (m meaning) looksRight() bool {
	return len(m.top) == 0 || slices.ContainsFunc([]string{"kind", "contexts", "clusters", "users", current}, func(key string) bool {
		raw := string(m.top[key])
		return raw != "" && raw != "null" && raw != `""`
	})
}

// raw returns the entry of a name; nil if there is none.
func (m meaning) raw(list, name string) json.RawMessage {
	e := m.lists[list]
	if i, ok := e.at[name]; ok {
		return e.all[i]
	}
	return nil
}

// entry returns the fields of the entry of a name; nil if there is none.
func (m meaning) entry(list, name string) map[string]any {
	fields, err := generic(m.raw(list, name))
	if err != nil {
		return nil
	}
	return fields
}

// with returns m with other entries in a list: in the place of those with the same name, or behind all others.
func (m meaning) with(list string, changed map[string]json.RawMessage) meaning {
	if len(changed) == 0 {
		return m
	}
	e := m.lists[list]
	e.all, e.at = slices.Clone(e.all), maps.Clone(e.at)
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		if i, ok := e.at[name]; ok {
			e.all[i] = changed[name]
			continue
		}
		e.at[name] = len(e.all)
		e.all = append(e.all, changed[name])
	}
	m.lists = maps.Clone(m.lists)
	m.lists[list] = e
	return m
}

// only writes the entries that a change names, as a kubeconfig of their own.
func (m meaning) only(c Change) ([]byte, error) {
	top := map[string][]json.RawMessage{}
	for _, l := range c.lists() {
		for name := range l.all() {
			top[l.name] = append(top[l.name], m.raw(l.name, name))
		}
	}
	return json.Marshal(top)
}

// json writes all of it.
func (m meaning) json() ([]byte, error) {
	if len(m.top) == 0 {
		return []byte("null"), nil
	}
	top := map[string]any{}
	for name, raw := range m.top {
		top[name] = raw
	}
	for list, e := range m.lists {
		if len(e.all) > 0 {
			top[list] = e.all
		}
	}
	return json.Marshal(top)
}

// generic reads a JSON object. Numbers stay as they are written.
func generic(blob []byte) (top map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(blob))
	d.UseNumber()
	err = d.Decode(&top)
	return top, err
}
