package dockerconfig

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Change is what is to be another in a file. A registry stands as docker looks it up: in lower case, with its port.
type Change struct {
	Set       []string // registries that get this program as their helper
	Unset     []string // registries that lose it; another helper stays
	Overwrite bool     // Set takes the place of another helper
}

// TakenError says that a registry has another helper, and that nothing was edited.
type TakenError struct {
	Registry string
	Helper   string // of its program's name, what stands behind docker-credential-
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("names another helper for %s: %s", text.Short(e.Registry, 120), text.Redact(e.Helper, 80))
}

// Edited is what a change makes of a file.
type Edited struct {
	Text []byte
	Set  []string // the registries that have this program as their helper now and had not before
	Lost []string // those that had it
	diff string
}

// IsNothing reports whether the file says already what is wanted.
func (e Edited) IsNothing() bool { return len(e.Set)+len(e.Lost) == 0 }

// Edit makes a change in the text of a file; an empty text becomes a new file. What is new is written as its
// neighbours are. It is then proven: all other members have to stand there as before, byte for byte and in their order,
// and credHelpers has to say what is wanted. Errors: *Error without a path, *TakenError.
func (f File) Edit(c Change) (Edited, error) {
	e := Edited{Text: f.text}
	want := maps.Clone(f.Helpers)
	if want == nil {
		want = map[string]string{}
	}
	now := f
	for _, registry := range c.Set {
		former, has := want[registry]
		switch {
		case former == Helper:
			continue
		case former != "" && !c.Overwrite:
			return Edited{}, &TakenError{registry, former}
		case has: // an empty one has docker look into its file alone
			e.diff += line('-', registry, former)
		}
		e.diff += line('+', registry, Helper)
		want[registry], e.Set = Helper, append(e.Set, registry)
		var err error
		if now, err = Parse(now.set(registry)); err != nil {
			return Edited{}, errRisky
		}
	}
	for _, registry := range c.Unset {
		if want[registry] != Helper {
			continue
		}
		e.diff += line('-', registry, Helper)
		delete(want, registry)
		e.Lost = append(e.Lost, registry)
		var err error
		if now, err = Parse(now.unset(registry)); err != nil {
			return Edited{}, errRisky
		}
	}
	if !maps.Equal(now.Helpers, want) || !slices.EqualFunc(f.others(), now.others(), bytes.Equal) {
		return Edited{}, errRisky
	}
	e.Text = now.text
	return e, nil
}

var errRisky = &Error{What: "can't be edited without a risk for what else stands in it"}

// others are all members but credHelpers, as they stand there, and those of credHelpers that have another helper.
func (f File) others() [][]byte {
	var all [][]byte
	for _, m := range f.top.members {
		if !strings.EqualFold(m.key, helpersKey) {
			all = append(all, f.text[m.keyAt:m.valueEnd])
		}
	}
	return all
}

// set writes this program as the helper of a registry.
func (f File) set(registry string) []byte {
	if len(f.top.members) == 0 {
		l := usual(f.text)
		if f.top.end == 0 { // nothing at all stands there
			empty := []byte("{}" + strings.TrimSuffix(l.lead, "\t"))
			return insert(empty, object{at: 0, end: 2}, l, helpersKey, l.wrap(registry, quote(Helper)))
		}
		return insert(f.text, f.top, l, helpersKey, l.wrap(registry, quote(Helper)))
	}
	l := layoutOf(f.text, f.top, layout{})
	m, ok := f.top.member(helpersKey)
	if !ok {
		return insert(f.text, f.top, l, helpersKey, l.wrap(registry, quote(Helper)))
	}
	inner, err := readObject(f.text, m.valueAt)
	if err != nil || len(inner.members) == 0 { // null, or {}
		return splice(f.text, m.valueAt, m.valueEnd, l.wrap(registry, quote(Helper)))
	}
	for _, other := range inner.members {
		if other.key == registry {
			return splice(f.text, other.valueAt, other.valueEnd, quote(Helper))
		}
	}
	return insert(f.text, inner, layoutOf(f.text, inner, l), registry, quote(Helper))
}

// unset takes the helper of a registry out, and credHelpers itself where nothing is left in it.
func (f File) unset(registry string) []byte {
	m, ok := f.top.member(helpersKey)
	if !ok {
		return f.text
	}
	inner, err := readObject(f.text, m.valueAt)
	switch {
	case err != nil:
		return f.text
	case len(inner.members) == 1 && inner.members[0].key == registry:
		return remove(f.text, f.top, m.key)
	}
	return remove(f.text, inner, registry)
}

// line is a line of a diff.
func line(sign rune, registry, helper string) string {
	return fmt.Sprintf("%c    %q: %q\n", sign, text.Short(registry, 200), text.Redact(helper, 80))
}

// Diff shows what changes in the file at path, fit for a person's eyes. It is empty where nothing changes. What else
// stands in the file, such as passwords, is not shown.
func (e Edited) Diff(path string) string {
	if e.diff == "" {
		return ""
	}
	path = text.Clean(path)
	return "--- " + path + "\n+++ " + path + "\n@@ " + helpersKey + " @@\n" + e.diff
}
