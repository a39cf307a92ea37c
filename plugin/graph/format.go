package graph

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"go.yaml.in/yaml/v2"

	"github.com/entralogin/entralogin/plugin/text"
)

// Format is a form of the output.
type Format string

// The formats.
const (
	Table Format = "table" // for people
	JSON  Format = "json"  // as Graph answered, indented
	YAML  Format = "yaml"  // the same data, keys sorted
)

// data is the whole answer as one indented JSON text.
func (a answer) data() ([]byte, error) {
	var shown any = a.object
	switch {
	case a.number != nil:
		shown = a.number
	case a.withManager:
		shown = struct {
			Me      object `json:"me"`
			Manager object `json:"manager"`
		}{a.object, a.manager}
	}
	return text.JSON(shown, "  ")
}

// json escapes as RFC 8259, section 7, has it. Line ends stay: they stand between the texts of JSON, never in them.
func (a answer) json(out *bytes.Buffer) error {
	data, err := a.data()
	out.WriteString(escape(string(data), func(r rune) string {
		hi, lo := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, hi, lo)
	}))
	return err
}

// yaml hides each text that needs escapes while the rest becomes YAML, since YAML knows them in quoted texts
// only, and shows it in quotes afterwards.
func (a answer) yaml(out *bytes.Buffer) error {
	data, err := a.data()
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var whole any
	if err := d.Decode(&whole); err != nil {
		return err
	}
	converted, err := yaml.Marshal(hide(whole))
	if err != nil {
		return err
	}
	for i, part := range strings.Split(string(converted), hidden) {
		if i%2 == 1 {
			text, err := hex.DecodeString(part)
			if err != nil {
				return err
			}
			part = yamlQuote(string(text))
		}
		out.WriteString(part)
	}
	return nil
}

// hidden stands at both ends of a hidden text, which is in hexadecimal digits. It is of the private use area and
// so unsafe itself: no text that is not hidden has it.
const hidden = "\ue000"

// hide hides the unsafe texts of a JSON value, and reads its numbers as YAML does: integers up to 64 bits stay.
func hide(value any) any {
	switch v := value.(type) {
	case string:
		return hideText(v)
	case json.Number:
		var number any
		if yaml.Unmarshal([]byte(v), &number) == nil {
			return number
		}
	case []any:
		for i := range v {
			v[i] = hide(v[i])
		}
	case map[string]any:
		fields := map[string]any{}
		for name, field := range v {
			fields[hideText(name)] = hide(field)
		}
		return fields
	}
	return value
}

func hideText(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && isUnsafeRune(r) }) {
		return s
	}
	return hidden + hex.EncodeToString([]byte(s)) + hidden
}

// yamlQuote writes s in double quotes, as YAML 1.2, section 7.3.1, has it.
func yamlQuote(s string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
	return `"` + escape(quoted, func(r rune) string { return fmt.Sprintf(`\U%08x`, r) }) + `"`
}

// isUnsafeRune reports whether plugin.Clean would take r away.
func isUnsafeRune(r rune) bool {
	return r < ' ' || r >= 0x7f && text.Clean(string(r)) != string(r)
}

// escape writes s with each unsafe character but line ends escaped, those above U+FFFF as wide has it.
func escape(s string, wide func(rune) string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || !isUnsafeRune(r):
			b.WriteRune(r)
		case r > 0xffff:
			b.WriteString(wide(r))
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
