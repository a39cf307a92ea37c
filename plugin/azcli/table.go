package azcli

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var errTable = &QueryError{"there are no fields for a table; choose some with a query, or another --output"}

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
	for _, row := range rows(value) {
		names, cells := tableRow(row, asked)
		line := map[string]string{}
		for i, name := range names {
			if !slices.Contains(head, name) {
				head = append(head, name)
			}
			line[name] = strings.TrimFunc(cells[i], unicode.IsSpace)
		}
		lines = append(lines, line)
	}
	switch {
	case len(lines) == 0:
		return []byte("\n"), nil
	case len(head) == 0:
		return nil, errTable
	}
	return drawTable(head, lines)
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

// tableCell is a cell of a list: what is nested is written as JSON, where the Azure CLI writes Python.
func tableCell(value any) string {
	switch value.(type) {
	case nil:
		return ""
	case []any, *object:
		w := jsonWriter{limit: most}
		if err := w.write(value, 0); err != nil {
			return err.Error()
		}
		return w.out.String()
	}
	return printed(value)
}

// splitLines splits a cell of several lines.
func splitLines(cell string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(cell), "\n")
}

func drawTable(head []string, lines []map[string]string) ([]byte, error) {
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
		for n, more := 0, true; more; n++ {
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
			return nil, errors.New("the table is larger than 64 MiB")
		}
	}
	return out.Bytes(), nil
}
