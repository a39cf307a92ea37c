package azcli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// writeYAML writes YAML as PyYAML does, whose choice of quotes and of line ends the packages for Go do not have: names
// sorted, blocks throughout, lines broken behind 80 columns.
func writeYAML(value any) ([]byte, error) {
	w := &yamlWriter{otherwise: regexp.MustCompile(otherwise)}
	switch value.(type) {
	case []any, *object:
		if err := w.node(value, 0, true); err != nil {
			return nil, err
		}
		w.out.WriteByte('\n')
	default:
		w.scalar(value, 2, false)
		w.out.WriteByte('\n')
		if w.plain { // a document that might go on
			w.out.WriteString("...\n")
		}
	}
	return w.out.Bytes(), nil
}

type yamlWriter struct {
	otherwise *regexp.Regexp
	out       bytes.Buffer
	column    int
	plain     bool // the last text stands without quotes
}

func (w *yamlWriter) text(s string) {
	w.out.WriteString(s)
	w.column += utf8.RuneCountInString(s)
}

func (w *yamlWriter) line(indent int) {
	w.out.WriteString("\n" + strings.Repeat(" ", indent))
	w.column = indent
}

// node writes a value whose lines begin at indent. bare says that nothing stands before it in its line but what it
// may go on behind: the dash of a list, or nothing at all.
func (w *yamlWriter) node(value any, indent int, bare bool) error {
	switch {
	case w.out.Len() > most:
		return errLarge
	case indent > 2*deepest:
		return errDeep
	}
	list, o := []any(nil), (*object)(nil)
	switch v := value.(type) {
	case []any:
		list = v
		if len(v) == 0 {
			w.gap("[]", bare)
		}
	case *object:
		o = v
		if len(v.names) == 0 {
			w.gap("{}", bare)
		}
	default:
		w.gap("", bare)
		w.scalar(v, indent, false)
		return nil
	}
	for i, element := range list {
		if i > 0 || !bare {
			w.line(indent)
		}
		w.text("- ")
		if err := w.node(element, indent+2, true); err != nil {
			return err
		}
	}
	if o == nil {
		return nil
	}
	for i, name := range slices.Sorted(slices.Values(o.names)) {
		if i > 0 || !bare {
			w.line(indent)
		}
		if err := w.field(name, o.values[name], indent); err != nil {
			return err
		}
	}
	return nil
}

func (w *yamlWriter) gap(text string, bare bool) {
	if !bare {
		text = " " + text
	}
	w.text(text)
}

// field writes a name and its value. Lists stand as far left as the name.
func (w *yamlWriter) field(name string, value any, indent int) error {
	const most = 123 // that a parser has to look ahead for
	if name == "" || utf8.RuneCountInString(name) >= most || strings.ContainsAny(name, yamlBreaks) {
		w.text("? ")
		w.scalar(name, indent+2, false)
		w.line(indent)
		w.text(": ")
		return w.node(value, indent+2, true)
	}
	w.scalar(name, indent, true)
	w.text(":")
	if _, ok := value.([]any); ok {
		return w.node(value, indent, false)
	}
	return w.node(value, indent+2, false)
}

func (w *yamlWriter) scalar(value any, indent int, key bool) {
	s, isText := value.(string)
	w.plain = true
	switch v := value.(type) {
	case nil:
		s = "null"
	case bool:
		s = fmt.Sprint(v)
	case json.Number:
		s = yamlNumber(string(v))
	}
	if !isText {
		w.text(s)
		return
	}
	switch w.styleOf(s, key) {
	case '"':
		w.plain = false
		w.doubled(s, indent, key)
	case '\'':
		w.plain = false
		w.text("'")
		w.folded(strings.ReplaceAll(s, "'", "''"), indent, key)
		w.text("'")
	default:
		w.folded(s, indent, key)
	}
}

func yamlNumber(n string) string {
	switch n {
	case "NaN":
		return ".nan"
	case "Infinity":
		return ".inf"
	case "-Infinity":
		return "-.inf"
	}
	if strings.Contains(n, "e") && !strings.Contains(n, ".") {
		return strings.Replace(n, "e", ".0e", 1)
	}
	return n
}

const (
	yamlBreaks = "\n\u0085\u2028\u2029"
	yamlSpaces = "\x00 \t\r" + yamlBreaks
)

// otherwise are texts that would be read as something else than text: https://yaml.org/type/
const otherwise = `^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|~|null|Null|NULL|<<|=|` +
	`[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|` +
	`[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|` +
	`[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}` +
	`(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)?$`

// styleOf are the quotes of a text: 0 where it needs none.
func (w *yamlWriter) styleOf(s string, key bool) rune {
	if s == "" {
		return '\''
	}
	runes := []rune(s)
	at := func(i int, of string) bool {
		return i >= 0 && i < len(runes) && strings.ContainsRune(of, runes[i])
	}
	plain, single := !strings.HasPrefix(s, "---") && !strings.HasPrefix(s, "..."), true
	for i, r := range runes {
		open := i == 0 || at(i-1, yamlSpaces)            // what is before
		ends := i == len(runes)-1 || at(i+1, yamlSpaces) // and behind
		isBreak, isEnd := at(i, yamlBreaks), i == 0 || i == len(runes)-1
		switch {
		case isSpecial(r):
			return '"'
		case r == ' ' && (at(i-1, yamlBreaks) || at(i+1, yamlBreaks)):
			single = false
		}
		switch {
		case isBreak, r == ' ' && isEnd, i == 0 && strings.ContainsRune("#,[]{}&*!|>'\"%@`", r), r == '#' && open,
			strings.ContainsRune("?-", r) && i == 0 && ends, r == ':' && ends:
			plain = false
		}
		if key && isBreak {
			single = false
		}
	}
	switch {
	case plain && !w.otherwise.MatchString(s):
		return 0
	case single:
		return '\''
	}
	return '"'
}

// isSpecial says whether a rune is always escaped.
func isSpecial(r rune) bool {
	return r != '\n' && r != 0x85 && (r < ' ' || r > '~' && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff || r == 0x10ffff)
}

const yamlWidth = 80

// folded writes text, and breaks lines that are too long at lone spaces, and doubles its line ends.
func (w *yamlWriter) folded(s string, indent int, key bool) {
	runes := []rune(s)
	for i := 0; i < len(runes); {
		end := i + 1
		isBreak := strings.ContainsRune(yamlBreaks, runes[i])
		for end < len(runes) && (runes[end] == ' ') == (runes[i] == ' ') && strings.ContainsRune(yamlBreaks, runes[end]) == isBreak {
			end++
		}
		part := string(runes[i:end])
		switch {
		case isBreak:
			if runes[i] == '\n' {
				w.out.WriteByte('\n')
			}
			w.out.WriteString(part + strings.Repeat(" ", indent))
			w.column = indent
		case part == " " && w.column > yamlWidth && !key && i > 0 && end < len(runes):
			w.line(indent)
		default:
			w.text(part)
		}
		i = end
	}
}

// doubled writes text in double quotes.
func (w *yamlWriter) doubled(s string, indent int, key bool) {
	w.text(`"`)
	runes := []rune(s)
	pending := "" // what is not written yet
	for i, r := range runes {
		escaped := escapeYAML(r)
		width, next := w.column+utf8.RuneCountInString(pending), r
		if escaped != "" {
			w.text(pending + escaped)
			pending, width = "", w.column-1
			next = runes[min(i+1, len(runes)-1)]
		}
		if i > 0 && i < len(runes)-1 && (r == ' ' || pending == "") && width > yamlWidth && !key {
			w.text(pending + `\`)
			w.line(indent)
			if pending = ""; next == ' ' {
				w.text(`\`)
			}
		}
		if escaped == "" {
			pending += string(r)
		}
	}
	w.text(pending + `"`)
}

func escapeYAML(r rune) string {
	const named = "\x00\a\b\t\n\v\f\r\x1b\"\\\u0085\u00a0\u2028\u2029"
	if i := slices.Index([]rune(named), r); i >= 0 {
		if r == 0xa0 {
			return ""
		}
		return `\` + string(`0abtnvfre"\N_LP`[i])
	}
	switch {
	case r >= ' ' && r <= '~', r >= 0xa0 && r <= 0xfffd && r != 0xfeff:
		return ""
	case r <= 0xff:
		return fmt.Sprintf(`\x%02X`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04X`, r)
	}
	return fmt.Sprintf(`\U%08X`, r)
}
