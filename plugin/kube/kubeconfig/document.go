package kubeconfig

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/yamltext"
)

// document is the text of a kubeconfig file. It finds entries that are laid out in the usual way; whether it found the
// right ones is proven afterwards.
type document struct {
	*yamltext.Document
	lost bool // comments went with what was replaced
}

func newDocument(text []byte) *document { return &document{Document: yamltext.New(text)} }

// change makes the change c, after which the document is to mean want, as it means old now.
func (d *document) change(c Change, old, want meaning) bool {
	if !slices.ContainsFunc(d.Lines, func(line string) bool { return strings.TrimSpace(line) != "" }) {
		d.Lines = nil
	}
	if !slices.ContainsFunc(d.Lines, func(line string) bool { return !yamltext.Look(line).Idle }) {
		d.Lines = append(d.Lines, "apiVersion: v1"+d.EOL, "kind: Config"+d.EOL)
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
	at := slices.IndexFunc(d.Lines, func(line string) bool { return strings.HasPrefix(line, current+":") })
	if at < 0 {
		d.Splice(len(d.Lines), len(d.Lines), []string{current + ": " + yamltext.Scalar(name) + d.EOL})
		return
	}
	d.say(at, current, name)
}

// say writes another value into the line of a key.
func (d *document) say(at int, key, value string) {
	line := yamltext.Look(d.Lines[at])
	_, comment := yamltext.CutComment(line.Rest[len(key)+1:])
	d.Splice(at, at+1, []string{strings.Repeat(" ", line.Indent) + key + ": " + yamltext.Scalar(value) + comment + d.EOL})
}

// put writes the section of an entry that key names, or the whole entry where that has none.
func (d *document) put(l block, it item, key string, entry json.RawMessage) {
	var fields map[string]json.RawMessage
	s, ok := it.section(d, key)
	if !ok || json.Unmarshal(entry, &fields) != nil {
		d.replace(it.start, it.end, d.Render([]json.RawMessage{entry}, l.indent))
		return
	}
	lines := d.Render(map[string]json.RawMessage{key: fields[key]}, it.indent)
	if s.start == it.start && len(lines) > 0 {
		lines[0] = d.Lines[s.start][:it.indent] + lines[0][it.indent:]
	}
	d.replace(s.start, s.end, lines)
}

// insert adds entries behind the last one of their list.
func (d *document) insert(name string, l block, entries []json.RawMessage) {
	switch {
	case l.key < 0:
		at := len(d.Lines)
		d.Splice(at, at, d.Render(map[string]any{name: entries}, 0))
		return
	case l.empty:
		line := d.Lines[l.key]
		_, comment := yamltext.CutComment(strings.TrimRight(line[len(name)+1:], "\r\n"))
		d.Splice(l.key, l.key+1, []string{name + ":" + comment + d.EOL})
	}
	at := l.key + 1
	if n := len(l.items); n > 0 {
		at = l.items[n-1].end
	}
	d.Splice(at, at, d.Render(entries, l.indent))
}

// point changes the user of a context, in the line where it stands.
func (d *document) point(it item, user string) bool {
	s, ok := it.section(d, "context")
	if !ok || s.start+1 >= s.end {
		return false
	}
	column := -1
	for at := s.start + 1; at < s.end; at++ {
		line := yamltext.Look(d.Lines[at])
		if column < 0 && !line.Idle {
			column = line.Indent
		}
		if line.Indent == column && strings.HasPrefix(line.Rest, "user:") {
			d.say(at, "user", user)
			return true
		}
	}
	if column <= it.indent {
		return false
	}
	d.Splice(s.end, s.end, []string{strings.Repeat(" ", column) + "user: " + yamltext.Scalar(user) + d.EOL})
	return true
}

func (d *document) replace(start, end int, lines []string) {
	d.lost = d.lost || yamltext.HasComment(d.Lines[start:end])
	d.Splice(start, end, lines)
}
