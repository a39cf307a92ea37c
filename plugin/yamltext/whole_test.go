package yamltext

import (
	"bytes"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestWhole(t *testing.T) {
	for text, want := range map[string]bool{
		"a: b\n":                         true,
		"a: b":                           true,
		"# c\n\n--- # c\n\"a\": b\n":     true,
		"---\na: b\n":                    true,
		"a: b\n...\n":                    true,
		"a: b\r\n...\r\n# c\r\n\r\n":     true,
		"a: b\n... # c":                  true,
		"{a: b}\n...\n":                  true,
		"{\"a\": \"b\"}":                 true,
		"a: |\n ---\n ...\n":             true,
		"  a: b\n":                       true,
		"# c\n--- # c\n{a: b}\n...\n":    true,
		"---\n{\n\"a\": \"b\"\n}\n":      true,
		"---\n{a: b}\nc: d\n":            false,
		"---\n{a: b}\n---\n{c: d}\n":     false,
		"---\n---\n{a: b}\n":             false,
		"---\n# c\n---\n{a: b}\n":        false,
		"a: b\n...\nc: d\n":              false,
		"a: b\n---\n":                    true,
		"a: b\n---\n...\n":               true,
		"a: b\n...\n---\nc: d\n":         false,
		"{a: b}\nc: d\n":                 false,
		"--- {a: b}\nc: d\n":             false,
		"  a: b\nc: d\n":                 false,
		"a: b\u2028---\u2028c: d\n":      false,
		"a: b\r---\rc: d\r":              false,
		"!!map {a: b}\nc: d\n":           false,
		"a: b\n--- # c\n":                true,
		"a: b\n...\n# c\n---\n# d\n":     true,
		"---\n":                          true,
		"a: b\n---\n- c\n---\n":          false,
		"---\n---\na: b\n":               false,
		"a: b\n...\n" + "# c\n" + "c: d": false,
	} {
		if got := Whole([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// FuzzWhole holds what is seen in the lines to what YAML itself says.
func FuzzWhole(f *testing.F) {
	for _, text := range []string{"a: b\nc:\n- d: e\n", "# c\n---\na: {b: [c]}\n", "{a: b}", "a: |\n  b\n", "\"a\": 'b'\r\n", "a: &b c\nd: *b\n", "---\n"} {
		f.Add(text)
		f.Add(text + "\n...\n")
		f.Add(text + "\n---\nb: c\n")
	}
	f.Fuzz(func(t *testing.T, text string) {
		blob, err := yaml.YAMLToJSONStrict([]byte(text))
		if err != nil || !bytes.HasPrefix(blob, []byte("{")) || strings.ContainsRune(text, 0) {
			return
		}
		if bare := withoutEnd([]byte(text)); isBlock(bare) && !isProbed(bare) {
			t.Errorf("%q", text)
		}
	})
}
