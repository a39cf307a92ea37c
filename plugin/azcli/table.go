package azcli

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writeTable writes a head, a line under it, and the rows: as tabulate does, in the style "simple". A column is as wide
// as its widest cell, and at least as its head and two more.
func (s Style) writeTable(value any) ([]byte, error) {
	asked := s.Query != nil
	if !asked && s.Table != "" {
		query, err := ParseQuery(s.Table)
		if err != nil {
			return nil, err
		}
		if value, err = query.run(value); err != nil {
			return nil, err
		}
		asked = true
	}
	var head []string
	var lines []map[string]string
	size, several := 0, false // cells with lines of their own
	for _, row := range rows(value) {
		names, cells := tableRow(row, asked)
		line := map[string]string{}
		for i, name := range names {
			if !slices.Contains(head, name) {
				head = append(head, name)
			}
			several = several || strings.ContainsAny(name+cells[i], "\r\n")
			line[name] = strings.TrimFunc(cells[i], unicode.IsSpace)
			if size += len(cells[i]); size > most/2 {
				return nil, errLarge
			}
		}
		lines = append(lines, line)
	}
	if len(head) == 0 {
		return []byte("\n"), nil
	}
	return drawTable(head, lines, several)
}

// tableRow are the columns of one row: of an object those that are worth it, of a list the numbers.
func tableRow(row any, asked bool) (names, cells []string) {
	switch v := row.(type) {
	case *object:
		order := v.names
		if !asked {
			order = v.sorted()
		}
		for _, name := range order {
			value := v.values[name]
			if k := kind(value); name == "id" || name == "type" || name == "etag" || k == "null" || k == "array" || k == "object" {
				continue
			}
			first, size := utf8.DecodeRuneInString(name)
			if size > 0 {
				name = strings.ToUpper(string(first)) + name[size:]
			}
			names, cells = append(names, name), append(cells, printed(value))
		}
	case []any:
		for i, value := range v {
			names, cells = append(names, "Column"+strconv.Itoa(i+1)), append(cells, tableCell(value))
		}
	default:
		names, cells = []string{"Result"}, []string{tableCell(v)}
	}
	return names, cells
}

// tableCell is a cell of a list, which may hold anything.
func tableCell(value any) string {
	if value == nil {
		return ""
	}
	if s, ok := value.(string); ok {
		return s
	}
	var out strings.Builder
	writePython(&out, value)
	return out.String()
}

// writePython writes a value as Python shows it, as far as the bounds of an answer go.
func writePython(out *strings.Builder, value any) {
	if out.Len() > most/2 {
		return
	}
	switch v := value.(type) {
	case []any:
		out.WriteByte('[')
		for i, element := range v {
			if i > 0 {
				out.WriteString(", ")
			}
			writePython(out, element)
		}
		out.WriteByte(']')
	case *object:
		before, between, behind, end := "{", ": ", "", "}"
		if v.made {
			before, between, behind, end = "OrderedDict([", ", ", ")", "])"
		}
		out.WriteString(before)
		for i, name := range v.names {
			if i > 0 {
				out.WriteString(", ")
			}
			if v.made {
				out.WriteByte('(')
			}
			writePython(out, name)
			out.WriteString(between)
			writePython(out, v.values[name])
			out.WriteString(behind)
		}
		out.WriteString(end)
	case string:
		quotePython(out, v)
	default:
		out.WriteString(printed(value))
	}
}

// quotePython writes a string in the quotes that need the fewest backslashes.
func quotePython(out *strings.Builder, s string) {
	const short = "\n\r\t"
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	out.WriteRune(quote)
	for _, r := range s {
		switch i := strings.IndexRune(short, r); {
		case i >= 0:
			out.WriteString(`\` + "nrt"[i:i+1])
		case r == quote || r == '\\':
			out.WriteString(`\` + string(r))
		case r < ' ' || r >= 0x7f && r < 0xa1:
			fmt.Fprintf(out, `\x%02x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteRune(quote)
}

// splitLines splits a cell of several lines.
func splitLines(cell string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(cell), "\n")
}

func drawTable(head []string, lines []map[string]string, several bool) ([]byte, error) {
	widths := make([]int, len(head))
	heads, dashes := map[string]string{}, map[string]string{}
	for i, name := range head {
		heads[name] = name
		for _, part := range splitLines(name) {
			widths[i] = max(widths[i], utf8.RuneCountInString(part)+2)
		}
		for _, line := range lines {
			for _, part := range splitLines(line[name]) {
				widths[i] = max(widths[i], utf8.RuneCountInString(part))
			}
		}
		dashes[name] = strings.Repeat("-", widths[i])
	}
	var out bytes.Buffer
	for _, line := range append([]map[string]string{heads, dashes}, lines...) {
		empty := !slices.ContainsFunc(head, func(name string) bool { return line[name] != "" })
		for n, more := 0, !several || !empty; more; n++ { // tabulate leaves out an empty row where another has several lines
			var b strings.Builder
			more = false
			for i, name := range head {
				part := ""
				if parts := splitLines(line[name]); n < len(parts) {
					part, more = parts[n], more || n+1 < len(parts)
				}
				b.WriteString(part + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(part)+2))
			}
			out.WriteString(strings.TrimRightFunc(b.String(), unicode.IsSpace) + "\n")
		}
		if out.Len() > most {
			return nil, errLarge
		}
	}
	return out.Bytes(), nil
}
