package kubeconfig

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// document is the text of a kubeconfig in lines. It knows as much of YAML as it takes to find entries that
// are laid out in the usual way; whether it found the right ones is proven afterwards.
type document struct {
	lines   []string // each with its end
	end     []byte   // the marks of its end, and what stands behind
	eol     string
	splices []splice
	lost    bool // comments went with what was replaced
}

// splice puts lines in the place of those from start to end.
type splice struct {
	start, end int
	lines      []string
}

// newDocument takes a text apart. What ends the document stays behind all that is added.
func newDocument(text []byte) *document {
	body := withoutEnd(text)
	d := &document{lines: slices.Collect(strings.Lines(string(body))), end: text[len(body):], eol: "\n"}
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.HasSuffix(first, []byte("\r")) {
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
	b.Write(d.end)
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
	for _, l := range c.lists() {
		if len(l.entries) > 0 && !d.changeList(l, old.lists[l.name], want) {
			return false
		}
	}
	if c.Current != "" {
		d.choose(c.Current)
	}
	return true
}

// changeList writes the section of each entry, or the whole of a new one behind the last.
func (d *document) changeList(l list, before entries, want meaning) bool {
	found, ok := d.list(l.name)
	if !ok || len(found.items) != len(before.all) {
		return false
	}
	var fresh []json.RawMessage
	for name, fields := range l.all() {
		i, there := before.at[name]
		user, _ := fields["user"].(string)
		switch entry := want.raw(l.name, name); {
		case !there:
			fresh = append(fresh, entry)
		case l.key == "context" && len(fields) == 1 && d.point(found.items[i], user):
		default:
			d.put(found, found.items[i], l.key, entry)
		}
	}
	if len(fresh) > 0 {
		d.insert(l.name, found, fresh)
	}
	return true
}

// choose writes the current context.
func (d *document) choose(name string) {
	line := current + ": " + scalar(name)
	at := slices.IndexFunc(d.lines, func(line string) bool { return strings.HasPrefix(line, current+":") })
	if at < 0 {
		d.splice(len(d.lines), len(d.lines), []string{line + d.eol})
		return
	}
	_, comment := cutComment(strings.TrimRight(d.lines[at][len(current)+1:], "\r\n"))
	d.splice(at, at+1, []string{line + comment + d.eol})
}

// put writes the section of an entry that key names, or the whole entry where that has none.
func (d *document) put(l block, it item, key string, entry json.RawMessage) {
	var fields map[string]json.RawMessage
	s, ok := it.section(d, key)
	if !ok || json.Unmarshal(entry, &fields) != nil {
		d.replace(it.start, it.end, d.render([]json.RawMessage{entry}, l.indent))
		return
	}
	lines := d.render(map[string]json.RawMessage{key: fields[key]}, it.indent)
	if s.start == it.start && len(lines) > 0 {
		lines[0] = d.lines[s.start][:it.indent] + lines[0][it.indent:]
	}
	d.replace(s.start, s.end, lines)
}

// insert adds entries behind the last one of their list.
func (d *document) insert(name string, l block, entries []json.RawMessage) {
	switch {
	case l.key < 0:
		at := len(d.lines)
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

// hasComment reports whether a # in the lines is no part of what they mean.
func hasComment(lines []string) bool {
	text := strings.Join(lines, "")
	signs := strings.Count(text, "#")
	if signs == 0 {
		return false
	}
	meant, err := yaml.YAMLToJSON([]byte(strings.Replace(text, "- ", "  ", 1))) // on their own
	return err != nil || signs > bytes.Count(meant, []byte("#"))
}
