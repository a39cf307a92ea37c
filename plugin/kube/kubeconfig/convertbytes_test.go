package kubeconfig

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConvertBytes converts entries in their files, one alone and all at once, and compares each entry
// that is not converted, and what stands before the entries, byte by byte.
func TestConvertBytes(t *testing.T) {
	files, err := filepath.Glob("testdata/convert/*.yaml")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	changes := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := load(file)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]map[string]any{}
		for name, u := range c.Files[file].Users() {
			if converted := testConverter().Convert(u); converted.Fields != nil {
				all[name] = converted.Fields
			}
		}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			changes++
			compareEntries(t, text, Change{Users: map[string]map[string]any{name: all[name]}})
		}
		compareEntries(t, text, Change{Users: all})
	}
	if changes < 30 {
		t.Errorf("only %d entries were converted", changes)
	}
}

func compareEntries(t *testing.T, text []byte, change Change) {
	t.Helper()
	edited, notes, err := edit(text, change)
	if err != nil || len(notes) > 0 {
		t.Fatalf("%v, notes %q", err, notes)
	}
	before, after := entriesOf(text), entriesOf(edited)
	if !slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after))) {
		t.Fatal("entries came or went")
	}
	for name, entry := range before {
		_, changed := change.Users[name]
		if same := bytes.Equal(entry, after[name]); same == changed {
			t.Errorf("%q: to be converted %v, but the same bytes %v:\n%s", name, changed, same, after[name])
		}
		kept := []string{"secret-variable", "secret-variable-old", "client-credentials-secret"} // what is not moved stays
		if changed && bytes.Contains(after[name], []byte("hush")) && !slices.Contains(kept, name) {
			t.Errorf("%q: a secret stays:\n%s", name, after[name])
		}
	}
}

// entriesOf cuts a file into its entries by name, and what stands before them by "".
func entriesOf(text []byte) map[string][]byte {
	entries, name := map[string][]byte{}, ""
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("- name: ")); ok {
			name = strings.TrimSpace(string(rest))
		}
		entries[name] = append(entries[name], line...)
	}
	return entries
}
