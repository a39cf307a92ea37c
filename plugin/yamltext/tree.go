package yamltext

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Put writes the value that want has at a path. A path leads from key to key (string) and to elements of lists (int);
// one element more than a list has adds to it. The container of what is put has to be there. All other lines stay; but
// what is in flow style is written in block style as a whole, from want, unless a comment would be lost. ok is false
// where the lines can't be found. That the text means want afterwards is for the caller to prove.
func Put(text []byte, want any, path ...any) (changed []byte, ok bool) {
	value, ok := valueAt(want, path)
	if !ok {
		return nil, false
	}
	return change(text, want, path, func(d *Document, in node, nodes []node, at int) bool {
		if at < 0 {
			return d.insert(in, nodes, path[len(path)-1], value)
		}
		return d.replace(nodes[at], value)
	})
}

// Cut takes out what is at a path, as Put writes it. want is without it.
func Cut(text []byte, want any, path ...any) (changed []byte, ok bool) {
	return change(text, want, path, func(d *Document, in node, nodes []node, at int) bool { return at >= 0 && d.cut(in, nodes[at]) })
}

// change finds the node that a path leads to, -1 where it is not there, among those of its container.
func change(text []byte, want any, path []any, edit func(d *Document, in node, nodes []node, at int) bool) ([]byte, bool) {
	d := New(text)
	in := node{0, len(d.Lines), -1, false}
	done := false
	for depth, step := range path {
		nodes, ok := d.inside(in)
		if !ok { // it is in flow style, or an alias
			value, there := valueAt(want, path[:depth])
			done = depth > 0 && there && !(in.end > in.start+1 && HasComment(d.Lines[in.start:in.end])) && d.replace(in, value)
			break
		}
		at := d.step(nodes, step)
		if depth == len(path)-1 {
			done = edit(d, in, nodes, at)
			break
		}
		if at < 0 {
			return nil, false
		}
		in = nodes[at]
	}
	if !done {
		return nil, false
	}
	changed := d.Text()
	if len(d.Lines) > 0 && len(d.end) == 0 && !bytes.HasSuffix(text, []byte("\n")) { // its last line has no end
		changed = bytes.TrimSuffix(changed, []byte(d.EOL))
	}
	return changed, true
}

// node is a key with its value, or an element of a list: a range of lines.
type node struct {
	start, end int
	column     int // where it begins
	dash       bool
}

// valueAt is what a path leads to.
func valueAt(value any, path []any) (any, bool) {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			fields, _ := value.(map[string]any)
			inside, ok := fields[step]
			if !ok {
				return nil, false
			}
			value = inside
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil, false
			}
			value = list[step]
		}
	}
	return value, true
}

// step finds the node that a step of a path leads to, -1 where there is none.
func (d *Document) step(nodes []node, step any) int {
	for i, n := range nodes {
		name, _ := d.key(n)
		if n.dash && step == i || !n.dash && step == name {
			return i
		}
	}
	return -1
}

// line is a line as a node sees it: without the dash that makes it an element.
func (d *Document) line(at int, in node) Line {
	if in.dash && at == in.start {
		return Look(strings.Replace(d.Lines[at], "-", " ", 1))
	}
	return Look(d.Lines[at])
}

// inside are the keys or the elements in a node, ok is false if its value is not in block style. The text as a whole
// has none where it is empty.
func (d *Document) inside(in node) (nodes []node, ok bool) {
	first := in.start
	if in.column >= 0 && !in.dash {
		_, rest := d.key(in)
		if value, _ := CutComment(rest); strings.TrimSpace(value) != "" {
			return nil, false
		}
		first++
	}
	for at := first; at < in.end; at++ {
		line, n := d.line(at, in), len(nodes)
		switch {
		case line.Idle && (n == 0 || !line.Comment() || line.Indent <= nodes[0].column):
			// a comment between two nodes belongs to what follows
		case line.Idle:
			nodes[n-1].end = at + 1
		case n == 0 && in.column < 0 && strings.HasPrefix(line.Rest, "---"):
		case n == 0 && line.Indent < in.column:
			return nil, false
		case n == 0:
			nodes = append(nodes, node{at, at + 1, line.Indent, line.Dash})
		case line.Indent == nodes[0].column && line.Dash == nodes[0].dash && !closes(line):
			nodes = append(nodes, node{at, at + 1, line.Indent, line.Dash})
		case line.Indent == nodes[0].column && nodes[0].dash && !line.Dash || line.Indent < nodes[0].column && !closes(line):
			return nil, false
		default:
			nodes[n-1].end = at + 1
		}
	}
	for _, n := range nodes {
		if name, _ := d.key(n); !n.dash && name == "" {
			return nil, false
		}
	}
	return nodes, len(nodes) > 0 || in.column < 0
}

// closes reports whether a line ends what is in flow style, wherever it begins.
func closes(l Line) bool { return strings.HasPrefix(l.Rest, "]") || strings.HasPrefix(l.Rest, "}") }

// key is the name that a node begins with, "" if that is none, and what stands behind its colon.
func (d *Document) key(n node) (name, rest string) {
	line := strings.TrimRight(d.Lines[n.start], "\r\n")[n.column:]
	for at := 0; at < len(line); at++ {
		if line[at] != ':' || at+1 < len(line) && line[at+1] != ' ' && line[at+1] != '\t' {
			continue
		}
		name, rest = strings.TrimRight(line[:at], " \t"), line[at+1:]
		switch {
		case strings.HasPrefix(name, `"`):
			if json.Unmarshal([]byte(name), &name) != nil {
				continue
			}
		case strings.HasPrefix(name, "'"):
			if len(name) < 2 || !strings.HasSuffix(name, "'") {
				continue
			}
			name = strings.ReplaceAll(name[1:len(name)-1], "''", "'")
		case strings.ContainsAny(name, "#{}[]&*?!|>%@`\"'"):
			return "", ""
		}
		return name, rest
	}
	return "", ""
}

// replace writes another value into a node.
func (d *Document) replace(n node, value any) bool {
	if n.dash {
		d.Splice(n.start, n.end, d.Render([]any{value}, n.column))
		return true
	}
	old := strings.TrimRight(d.Lines[n.start], "\r\n")
	name, rest := d.key(n)
	begun := old[:len(old)-len(rest)]
	said, comment := CutComment(rest)
	switch value := value.(type) {
	case string:
		begun += gap(said) + Scalar(value)
	case bool:
		begun += gap(said) + map[bool]string{true: "true", false: "false"}[value]
	default:
		lines := d.Render(map[string]any{name: value}, n.column)
		if len(lines) < 2 {
			return false
		}
		d.Splice(n.start, n.end, append([]string{begun + comment + d.EOL}, lines[1:]...))
		return true
	}
	d.Splice(n.start, n.end, []string{begun + comment + d.EOL})
	return true
}

// gap is the space before a value.
func gap(value string) string {
	if space := value[:len(value)-len(strings.TrimLeft(value, " \t"))]; space != "" && space != value {
		return space
	}
	return " "
}

// insert adds a key or an element behind the others; a short one to the text as a whole stands behind the last short one.
func (d *Document) insert(in node, nodes []node, step, value any) bool {
	at, column := len(d.Lines), 0
	if n := len(nodes); n > 0 {
		column = nodes[0].column
		_, list := step.(int)
		if list != nodes[0].dash {
			return false
		}
		if in.column >= 0 {
			at = nodes[n-1].end
		}
	}
	name, ok := step.(string)
	if !ok {
		d.Splice(at, at, d.Render([]any{value}, column))
		return true
	}
	lines := d.Render(map[string]any{name: value}, column)
	if in.column < 0 && len(lines) == 1 {
		for _, n := range nodes {
			if _, rest := d.key(n); n.end == n.start+1 && strings.TrimSpace(rest) != "" {
				at = n.end
			}
		}
	}
	d.Splice(at, at, lines)
	return true
}

// cut takes a node out of another. The dash of an element goes to what stands behind its first key.
func (d *Document) cut(in, n node) bool {
	if !in.dash || in.start != n.start {
		d.Splice(n.start, n.end, nil)
		return true
	}
	if n.end >= in.end || Look(d.Lines[n.end]).Idle || Look(d.Lines[n.end]).Indent != n.column {
		return false
	}
	d.Splice(n.start, n.end+1, []string{d.Lines[n.start][:n.column] + d.Lines[n.end][n.column:]})
	return true
}
