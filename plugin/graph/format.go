package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"sigs.k8s.io/yaml"

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

// yaml puts a word of its own in the place of each text that needs escapes, since YAML knows them in
// quoted texts only, and the texts in once the rest is YAML.
func (a answer) yaml(out *bytes.Buffer) error {
	data, err := a.data()
	if err != nil {
		return err
	}
	nonce := newGUID()
	var texts []string // pairs for strings.NewReplacer
	var plain bytes.Buffer
	for rest := string(data); rest != ""; {
		other, text, after := cutJSONText(rest)
		plain.WriteString(other)
		if s, unsafe := decodeText(text); unsafe {
			word := fmt.Sprintf("text-%d-%s", len(texts), nonce)
			texts = append(texts, word, yamlQuote(s))
			text = `"` + word + `"`
		}
		plain.WriteString(text)
		rest = after
	}
	converted, err := yaml.JSONToYAML(plain.Bytes())
	if err != nil {
		return err
	}
	text := strings.NewReplacer(texts...).Replace(string(converted))
	// "Implicit keys ... are limited to 1024 characters": https://yaml.org/spec/1.2.2/#742-flow-mappings
	var read any
	if yaml.Unmarshal([]byte(text), &read) != nil {
		return errNoYAML
	}
	out.WriteString(text)
	return nil
}

var errNoYAML = errors.New("the answer has a name that is too long for YAML; -o json shows it")

// cutJSONText cuts valid JSON after its first text: what stands before it, the text with its quotes and
// the rest.
func cutJSONText(s string) (before, text, rest string) {
	start := strings.IndexByte(s, '"')
	if start < 0 {
		return s, "", ""
	}
	end := start + 1
	for s[end] != '"' {
		if s[end] == '\\' {
			end++
		}
		end++
	}
	return s[:start], s[start : end+1], s[end+1:]
}

// decodeText decodes a JSON text in quotes. It reports whether there is one with something in it that a
// terminal must not get.
func decodeText(text string) (string, bool) {
	var s string
	if text == "" || json.Unmarshal([]byte(text), &s) != nil {
		return "", false
	}
	return s, strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && isUnsafeRune(r) })
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
