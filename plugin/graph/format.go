package graph

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

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

// data is the whole answer as one JSON text.
func (a answer) data() ([]byte, error) {
	if !a.withManager {
		return a.object.MarshalJSON()
	}
	me, err := a.object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	manager := []byte("null")
	if a.manager != nil {
		if manager, err = a.manager.MarshalJSON(); err != nil {
			return nil, err
		}
	}
	return object{{"me", me}, {"manager", manager}}.MarshalJSON()
}

func (a answer) json(out *bytes.Buffer) error {
	data, err := a.data()
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, data, "", "  "); err != nil {
		return err
	}
	jsonEscape(out, indented.String())
	out.WriteByte('\n')
	return nil
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
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r > 0xffff && isUnsafeRune(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case isUnsafeRune(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isUnsafeRune reports whether plugin.Clean would take r away.
func isUnsafeRune(r rune) bool {
	return r < ' ' || r >= 0x7f && text.Clean(string(r)) != string(r)
}

// jsonEscape writes the JSON text s with each unsafe character escaped, as RFC 8259, section 7, has it.
// Line ends stay: they stand between the texts of JSON, never in them.
func jsonEscape(out *bytes.Buffer, s string) {
	for _, r := range s {
		if r == '\n' || !isUnsafeRune(r) {
			out.WriteRune(r)
			continue
		}
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			fmt.Fprintf(out, `\u%04x\u%04x`, hi, lo)
			continue
		}
		fmt.Fprintf(out, `\u%04x`, r)
	}
}
