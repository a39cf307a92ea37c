package kubeconfig

import (
	"bytes"
	"cmp"
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
	lines   []string // each with its end
	eol     string
	splices []splice
	lost    bool // comments went with what was replaced
}

// splice puts lines in the place of those from start to end.
type splice struct {
	start, end int
	lines      []string
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

// text is the text with the changes.
func (d *document) text() []byte {
	slices.SortStableFunc(d.splices, func(a, b splice) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var b bytes.Buffer
	at := 0
	write := func(lines []string) {
		for _, line := range lines {
			b.WriteString(line)
		}
	}
	for _, s := range d.splices {
		write(d.lines[at:s.start])
		write(s.lines)
		at = s.end
	}
	write(d.lines[at:])
	return b.Bytes()
}

// change makes the change c, after which the document is to mean want, as it means old now.
func (d *document) change(c Change, old, want meaning) bool {
	if !slices.ContainsFunc(d.lines, func(line string) bool { return strings.TrimSpace(line) != "" }) {
		d.lines = nil
	}
	if !slices.ContainsFunc(d.lines, func(line string) bool { return !look(line).idle }) {
		d.lines = append(d.lines, "apiVersion: v1"+d.eol, "kind: Config"+d.eol)
	}
	return d.changeUsers(c, old, want) && d.changeContexts(c, old, want)
}

// changeUsers writes the section of each entry, or the whole of a new one behind the last.
func (d *document) changeUsers(c Change, old, want meaning) bool {
	if len(c.Users) == 0 {
		return true
	}
	l, ok := d.list(users)
	before := old.lists[users]
	if !ok || len(l.items) != len(before.all) {
		return false
	}
	var fresh []any
	for _, name := range slices.Sorted(maps.Keys(c.Users)) {
		entry := want.entry(users, name)
		if i, ok := before.at[name]; ok {
			d.put(l, l.items[i], "user", entry)
		} else {
			fresh = append(fresh, entry)
		}
	}
	if len(fresh) > 0 {
		d.insert(users, l, fresh)
	}
	return true
}

func (d *document) changeContexts(c Change, old, want meaning) bool {
	if len(c.Contexts) == 0 {
		return true
	}
	l, ok := d.list(contexts)
	before := old.lists[contexts]
	if !ok || len(l.items) != len(before.all) {
		return false
	}
	for _, name := range slices.Sorted(maps.Keys(c.Contexts)) {
		it := l.items[before.at[name]]
		if !d.point(it, c.Contexts[name]) {
			d.put(l, it, "context", want.entry(contexts, name))
		}
	}
	return true
}

// put writes the section of an entry that key names, or the whole entry where that has none.
func (d *document) put(l list, it item, key string, entry map[string]any) {
	s, ok := it.section(d, key)
	if !ok {
		d.replace(it.start, it.end, d.render([]any{entry}, l.indent))
		return
	}
	lines := d.render(map[string]any{key: entry[key]}, it.indent)
	if s.start == it.start && len(lines) > 0 {
		lines[0] = d.lines[s.start][:it.indent] + lines[0][it.indent:]
	}
	d.replace(s.start, s.end, lines)
}

// insert adds entries behind the last one of their list.
func (d *document) insert(name string, l list, entries []any) {
	switch {
	case l.key < 0:
		at := d.end()
		d.splice(at, at, d.render(map[string]any{name: entries}, 0))
		return
	case l.empty:
		line := d.lines[l.key]
		_, comment := cutComment(strings.TrimRight(line[len(name)+1:], "\r\n"))
		d.splice(l.key, l.key+1, []string{name + ":" + comment + d.eol})
	}
	at := l.key + 1
	if n := len(l.items); n > 0 {
		at = l.items[n-1].end
	}
	d.splice(at, at, d.render(entries, l.indent))
}

// end is where the document ends: at the mark of its end, or behind its last line.
func (d *document) end() int {
	for at := len(d.lines) - 1; at >= 0; at-- {
		line := []byte(d.lines[at])
		switch {
		case isMark(line, "..."):
			return at
		case !idle(line):
			return len(d.lines)
		}
	}
	return len(d.lines)
}

// point changes the user of a context, in the line where it stands.
func (d *document) point(it item, user string) bool {
	s, ok := it.section(d, "context")
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
			d.splice(at, at+1, []string{strings.Repeat(" ", column) + "user: " + scalar(user) + comment + d.eol})
			return true
		}
	}
	if column <= it.indent {
		return false
	}
	d.splice(s.end, s.end, []string{strings.Repeat(" ", column) + "user: " + scalar(user) + d.eol})
	return true
}

func (d *document) replace(start, end int, lines []string) {
	d.lost = d.lost || hasComment(d.lines[start:end])
	d.splice(start, end, lines)
}

func (d *document) splice(start, end int, lines []string) {
	d.splices = append(d.splices, splice{start, end, lines})
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
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "#") }) {
		return false
	}
	lines = slices.Clone(lines)
	lines[0] = strings.Replace(lines[0], "- ", "  ", 1)
	before, ok := valueOf(lines)
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
			after, same := valueOf(lines)
			lines[i] = line
			if same && reflect.DeepEqual(before, after) {
				return true
			}
		}
	}
	return false
}

// valueOf is what some lines mean on their own.
func valueOf(lines []string) (value any, ok bool) {
	err := yaml.Unmarshal([]byte(strings.Join(lines, "")), &value)
	return value, err == nil
}
