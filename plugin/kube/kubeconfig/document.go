package kubeconfig

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// document is the text of a kubeconfig in lines. It knows as much of YAML as it takes to find entries that
// are laid out in the usual way; whether it found the right ones is proven afterwards.
type document struct {
	lines []string // each with its end
	eol   string
	lost  bool // comments went with what was replaced
}

func newDocument(text []byte) *document {
	d := &document{lines: slices.Collect(strings.Lines(string(text))), eol: "\n"}
	if len(d.lines) > 0 && strings.HasSuffix(d.lines[0], "\r\n") {
		d.eol = "\r\n"
	}
	if last := len(d.lines) - 1; last >= 0 && !strings.HasSuffix(d.lines[last], "\n") {
		d.lines[last] += d.eol
	}
	return d
}

func (d *document) text() []byte { return []byte(strings.Join(d.lines, "")) }

// change makes the change c, after which the document is to mean want.
func (d *document) change(c Change, want map[string]any) bool {
	if len(strings.TrimSpace(string(d.text()))) == 0 {
		d.lines = nil
	}
	if blank := !slices.ContainsFunc(d.lines, func(l string) bool { return !look(l).idle }); blank {
		d.lines = append(d.lines, "apiVersion: v1"+d.eol, "kind: Config"+d.eol)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		if !d.put("users", "user", entryOf(want, "users", name)) {
			return false
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
		if !d.point(name, c.Contexts[name]) && !d.put("contexts", "context", entryOf(want, "contexts", name)) {
			return false
		}
	}
	return true
}

// put writes an entry of a list: the section of it that key names, or the whole of a new one.
func (d *document) put(list, key string, entry map[string]any) bool {
	l, ok := d.list(list)
	if !ok {
		return false
	}
	name, _ := entry["name"].(string)
	i := slices.IndexFunc(l.items, func(it item) bool { return it.named(d, name) })
	if i < 0 {
		return d.insert(list, l, entry)
	}
	it := l.items[i]
	s, ok := it.section(d, key)
	if !ok {
		d.replace(it.start, it.end, d.render([]any{entry}, l.indent))
		return true
	}
	lines := d.render(map[string]any{key: entry[key]}, it.indent)
	if s.start == it.start {
		lines[0] = d.lines[s.start][:it.indent] + lines[0][it.indent:]
	}
	d.replace(s.start, s.end, lines)
	return true
}

// insert adds an entry behind the last one of its list.
func (d *document) insert(name string, l list, entry map[string]any) bool {
	switch {
	case l.key < 0:
		at := len(d.lines)
		d.lines = slices.Insert(d.lines, at, d.render(map[string]any{name: []any{entry}}, 0)...)
		return true
	case l.empty:
		line := d.lines[l.key]
		_, comment := cutComment(strings.TrimRight(line[len(name)+1:], "\r\n"))
		d.lines[l.key] = name + ":" + comment + d.eol
	}
	at := l.key + 1
	if n := len(l.items); n > 0 {
		at = l.items[n-1].end
	}
	d.lines = slices.Insert(d.lines, at, d.render([]any{entry}, l.indent)...)
	return true
}

// point changes the user of a context, in the line where it stands.
func (d *document) point(name, user string) bool {
	l, ok := d.list("contexts")
	i := slices.IndexFunc(l.items, func(it item) bool { return it.named(d, name) })
	if !ok || i < 0 {
		return false
	}
	s, ok := l.items[i].section(d, "context")
	if !ok || s.start+1 >= s.end {
		return false
	}
	column := -1
	for at := s.start + 1; at < s.end; at++ {
		line := look(d.lines[at])
		if column < 0 && !line.idle {
			column = line.indent
		}
		if line.indent == column && strings.HasPrefix(line.rest, "user:") {
			_, comment := cutComment(line.rest[len("user:"):])
			d.lines[at] = strings.Repeat(" ", column) + "user: " + scalar(user) + comment + d.eol
			return true
		}
	}
	if column <= l.items[i].indent {
		return false
	}
	d.lines = slices.Insert(d.lines, s.end, strings.Repeat(" ", column)+"user: "+scalar(user)+d.eol)
	return true
}

func (d *document) replace(start, end int, lines []string) {
	d.lost = d.lost || hasComment(d.lines[start:end])
	d.lines = slices.Replace(d.lines, start, end, lines...)
}

// render writes a value in block style, each line moved to the right by indent.
func (d *document) render(value any, indent int) []string {
	blob, err := yaml.Marshal(value)
	if err != nil {
		return nil // the proof fails
	}
	lines := slices.Collect(strings.Lines(string(blob)))
	for i, line := range lines {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			line = strings.Repeat(" ", indent) + line
		}
		lines[i] = line + d.eol
	}
	return lines
}

// scalar writes a text as a value on one line.
func scalar(text string) string {
	if blob, err := yaml.Marshal(text); err == nil {
		if line := strings.TrimSuffix(string(blob), "\n"); !strings.Contains(line, "\n") {
			return line
		}
	}
	blob, _ := json.Marshal(text)
	return string(blob)
}

// hasComment reports whether something in the lines has no meaning: they mean the same without it.
func hasComment(lines []string) bool {
	if len(lines) == 0 {
		return false
	}
	lines = slices.Clone(lines)
	lines[0] = strings.Replace(lines[0], "- ", "  ", 1)
	before, ok := meaning(lines)
	tries := 0
	for i, line := range lines {
		for at := range len(line) {
			if line[at] != '#' || strings.TrimSpace(line[:at]) != "" && line[at-1] != ' ' && line[at-1] != '\t' {
				continue
			}
			if tries++; !ok || tries > 100 {
				return true // as far as can be told
			}
			lines[i] = strings.TrimRight(line[:at], " \t") + "\n"
			after, same := meaning(lines)
			lines[i] = line
			if same && reflect.DeepEqual(before, after) {
				return true
			}
		}
	}
	return false
}

// meaning is what some lines mean on their own.
func meaning(lines []string) (value any, ok bool) {
	err := yaml.Unmarshal([]byte(strings.Join(lines, "")), &value)
	return value, err == nil
}
