package kubeconfig

import (
	"slices"
	"strings"
)

// line is what a line looks like.
type line struct {
	indent int
	rest   string // without indentation and end
	idle   bool   // it is blank or a comment
	dash   bool   // it begins an element of a list
}

func look(text string) line {
	text = strings.TrimRight(text, "\r\n")
	rest := strings.TrimLeft(text, " ")
	blank := strings.TrimSpace(rest) == ""
	return line{len(text) - len(rest), rest, blank || rest[0] == '#', rest == "-" || strings.HasPrefix(rest, "- ")}
}

func (l line) comment() bool { return strings.HasPrefix(l.rest, "#") }

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
	l.key = slices.IndexFunc(d.lines, func(line string) bool { return strings.HasPrefix(line, key+":") })
	if l.key < 0 {
		return l, true
	}
	value, _ := cutComment(strings.TrimRight(d.lines[l.key][len(key)+1:], "\r\n"))
	switch strings.TrimSpace(value) {
	case "":
	case "[]", "null", "~":
		l.empty = true
		return l, true
	default:
		return l, false
	}
	for at := l.key + 1; at < len(d.lines); at++ {
		line := look(d.lines[at])
		n := len(l.items)
		switch {
		case line.idle && (n == 0 || !line.comment() || line.indent <= l.indent):
			// a comment between two entries belongs to what follows
		case line.idle:
			l.items[n-1].end = at + 1
		case line.dash && (n == 0 || line.indent == l.indent):
			l.indent = line.indent
			l.items = append(l.items, item{at, at + 1, -1})
			l.items[n].measure(line)
		case line.indent == 0:
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
func (it *item) measure(l line) {
	rest := strings.TrimLeft(strings.TrimPrefix(l.rest, "-"), " ")
	if it.indent < 0 && rest != "" && rest[0] != '#' {
		it.indent = l.indent + len(l.rest) - len(rest)
	}
}

// section finds the lines of one key of the entry.
func (it item) section(d *document, key string) (s item, ok bool) {
	for at := it.start; at < it.end; at++ {
		line := look(d.lines[at])
		if at == it.start {
			line = look(strings.Replace(d.lines[at], "-", " ", 1))
		}
		switch {
		case !ok && !line.idle && line.indent == it.indent && strings.HasPrefix(line.rest, key+":"):
			s, ok = item{at, at + 1, it.indent}, true
		case !ok || line.idle && (!line.comment() || line.indent <= it.indent):
		case !line.idle && line.indent <= it.indent:
			return s, true
		default:
			s.end = at + 1
		}
	}
	return s, ok
}

// cutComment splits a value from the comment behind it, which keeps the space before it.
func cutComment(text string) (value, comment string) {
	var quote rune
	for i, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case strings.TrimSpace(text[:i]) == "" && (r == '"' || r == '\''):
			quote = r
		case quote == 0 && r == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t'):
			value = strings.TrimRight(text[:i], " \t")
			return value, text[len(value):]
		}
	}
	return text, ""
}
