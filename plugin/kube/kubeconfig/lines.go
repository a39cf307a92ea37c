package kubeconfig

import (
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/yamltext"
)

// block is a top-level list in block style.
type block struct {
	key    int  // the line of its key, -1 if there is none
	empty  bool // it says so: []
	indent int  // of its dashes
	items  []item
}

// item is an entry of a list: a range of lines.
type item struct {
	start, end int
	indent     int // of its keys
}

// list finds a list by its key; ok is false if it is laid out in another way.
func (d *document) list(key string) (l block, ok bool) {
	l.key = slices.IndexFunc(d.Lines, func(line string) bool { return strings.HasPrefix(line, key+":") })
	if l.key < 0 {
		return l, true
	}
	value, _ := yamltext.CutComment(strings.TrimRight(d.Lines[l.key][len(key)+1:], "\r\n"))
	switch strings.TrimSpace(value) {
	case "":
	case "[]", "null", "~":
		l.empty = true
		return l, true
	default:
		return l, false
	}
	for at := l.key + 1; at < len(d.Lines); at++ {
		line := yamltext.Look(d.Lines[at])
		n := len(l.items)
		switch {
		case line.Idle && (n == 0 || !line.Comment() || line.Indent <= l.indent):
			// a comment between two entries belongs to what follows
		case line.Idle:
			l.items[n-1].end = at + 1
		case line.Dash && (n == 0 || line.Indent == l.indent):
			l.indent = line.Indent
			l.items = append(l.items, item{at, at + 1, -1})
			l.items[n].measure(line)
		case line.Indent == 0:
			return l, true
		case n == 0:
			return l, false
		default:
			l.items[n-1].end = at + 1
			l.items[n-1].measure(line)
		}
	}
	return l, true
}

// measure notes where the keys of the entry begin: at its first line that has one.
func (it *item) measure(l yamltext.Line) {
	rest := strings.TrimLeft(strings.TrimPrefix(l.Rest, "-"), " ")
	if it.indent < 0 && rest != "" && rest[0] != '#' {
		it.indent = l.Indent + len(l.Rest) - len(rest)
	}
}

// section finds the lines of one key of the entry.
func (it item) section(d *document, key string) (s item, ok bool) {
	for at := it.start; at < it.end; at++ {
		line := yamltext.Look(d.Lines[at])
		if at == it.start {
			line = yamltext.Look(strings.Replace(d.Lines[at], "-", " ", 1))
		}
		switch {
		case !ok && !line.Idle && line.Indent == it.indent && strings.HasPrefix(line.Rest, key+":"):
			s, ok = item{at, at + 1, it.indent}, true
		case !ok || line.Idle && (!line.Comment() || line.Indent <= it.indent):
		case !line.Idle && line.Indent <= it.indent:
			return s, true
		default:
			s.end = at + 1
		}
	}
	return s, ok
}
