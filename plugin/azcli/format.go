package azcli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
)

// Output is the flag that says the format.
const Output = "output"

// Formats are the output formats of the Azure CLI: https://learn.microsoft.com/cli/azure/format-output-azure-cli
func Formats() []string {
	return []string{"json", "jsonc", "none", "table", "tsv", "yaml", "yamlc"}
}

// Format reads the name of a format, in any case; "" is the default, JSON. Errors: *Error.
func Format(name string) (string, error) {
	format := strings.ToLower(name)
	if format != "" && !slices.Contains(Formats(), format) {
		return "", errorf("--%s is %q, which is none of %s", Output, text.Short(name, 40), strings.Join(Formats(), ", "))
	}
	return format, nil
}

// Style is how an answer is printed.
type Style struct {
	Format string // of Formats; "" is JSON
	Query  *Query // nil if none was given
	Table  string // expression that makes the rows of the table, where no query was given; "" if none
}

// most is what an answer may come to, in bytes.
const most = 32 << 20

var errLarge = errors.New("the answer is larger than 32 MiB")

// Write returns a value as the Azure CLI prints it: nothing for null. The fields of structs keep their order, in which
// the Azure CLI shows them; names of maps are sorted. The formats with colours are written without. Errors:
// *QueryError, and that a value can't be encoded.
func (s Style) Write(value any) ([]byte, error) {
	v, err := decode(value)
	if err != nil {
		return nil, err
	}
	return s.write(v)
}

func (s Style) write(v any) (_ []byte, err error) {
	if s.Query != nil {
		if v, err = s.Query.run(v); err != nil {
			return nil, err
		}
	}
	if v == nil {
		return nil, nil
	}
	switch s.Format {
	case "none":
		return nil, nil
	case "tsv":
		return writeTSV(v), nil
	case "table":
		return s.writeTable(v)
	}
	w := jsonWriter{indent: 2, sorted: true, limit: most}
	if err = w.write(v, 0); err == nil && strings.HasPrefix(s.Format, "yaml") {
		return yaml.JSONToYAML(visible(w.out.String())) // the Azure CLI's values, in other quotes and lines
	}
	w.out.WriteByte('\n')
	return w.out.Bytes(), err
}

// visible is JSON without characters that YAML does not take as they are: https://yaml.org/spec/1.2.2/#51-character-set
func visible(content string) []byte {
	var out bytes.Buffer
	for _, r := range content {
		if r > '~' && r <= 0xffff && !unicode.IsPrint(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.Bytes()
}

// rows are the elements of a list, or the one value that is none.
func rows(value any) []any {
	if list, ok := value.([]any); ok {
		return list
	}
	return []any{value}
}

// sorted are the names of an object in the order that the Azure CLI prints its values in.
func (o *object) sorted() []string {
	if o.made {
		return o.names
	}
	return slices.Sorted(maps.Keys(o.values))
}

// writeTSV writes a line for each row. Of what is nested, a list shows its length, an object nothing.
func writeTSV(value any) []byte {
	var out bytes.Buffer
	for _, row := range rows(value) {
		var cells []any
		switch v := row.(type) {
		case []any:
			cells = v
		case *object:
			for _, name := range v.sorted() {
				cells = append(cells, v.values[name])
			}
		case bool:
			cells = []any{strconv.FormatBool(v)}
		default:
			cells = []any{v}
		}
		for i, cell := range cells {
			if i > 0 {
				out.WriteByte('\t')
			}
			switch v := cell.(type) {
			case []any:
				out.WriteString(strconv.Itoa(len(v)))
			case *object:
			default:
				out.WriteString(printed(v))
			}
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// jsonWriter writes JSON as Python does.
type jsonWriter struct {
	out    bytes.Buffer
	indent int  // 0 is all in one line
	sorted bool // by name
	ascii  bool
	limit  int // bytes
}

func (w *jsonWriter) write(value any, depth int) error {
	switch {
	case w.out.Len() > w.limit:
		return errLarge
	case depth > deepest:
		return errDeep
	}
	switch v := value.(type) {
	case nil:
		w.out.WriteString("null")
	case bool:
		w.out.WriteString(strconv.FormatBool(v))
	case json.Number:
		w.out.WriteString(string(v))
	case string:
		w.quote(v)
	case []any:
		return w.nested("[]", len(v), depth, func(i int) error { return w.write(v[i], depth+1) })
	case *object:
		names := v.names
		if w.sorted {
			names = slices.Sorted(slices.Values(names))
		}
		return w.nested("{}", len(names), depth, func(i int) error {
			w.quote(names[i])
			w.out.WriteByte(':')
			if w.indent > 0 {
				w.out.WriteByte(' ')
			}
			return w.write(v.values[names[i]], depth+1)
		})
	default:
		return fmt.Errorf("no JSON: %T", value)
	}
	return nil
}

// nested writes what stands between two brackets.
func (w *jsonWriter) nested(brackets string, n, depth int, element func(i int) error) error {
	w.out.WriteByte(brackets[0])
	line := func(depth int) {
		if w.indent > 0 && n > 0 {
			w.out.WriteString("\n" + strings.Repeat(" ", w.indent*depth))
		}
	}
	for i := range n {
		if i > 0 {
			w.out.WriteByte(',')
		}
		line(depth + 1)
		if err := element(i); err != nil {
			return err
		}
	}
	line(depth)
	w.out.WriteByte(brackets[1])
	return nil
}

func (w *jsonWriter) quote(s string) {
	const short = "\b\f\n\r\t\"\\"
	w.out.WriteByte('"')
	for _, r := range s {
		switch i := strings.IndexRune(short, r); {
		case i >= 0:
			w.out.WriteString(`\` + `bfnrt"\`[i:i+1])
		case r < ' ' || w.ascii && r > '~':
			if r > 0xffff { // a surrogate pair
				r -= 0x10000
				fmt.Fprintf(&w.out, `\u%04x`, 0xd800+r>>10)
				r = 0xdc00 + r&0x3ff
			}
			fmt.Fprintf(&w.out, `\u%04x`, r)
		default:
			w.out.WriteRune(r)
		}
	}
	w.out.WriteByte('"')
}
