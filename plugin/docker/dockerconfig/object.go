package dockerconfig

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// object is where a JSON object stands in a text: its members, between the braces at at and before end.
type object struct {
	at, end int
	members []member
}

// member is where a member of an object stands.
type member struct {
	key               string
	keyAt, keyEnd     int
	valueAt, valueEnd int
}

var errNoObject = errors.New("no JSON object")

// readObject finds the members of the object that begins at a place of a text that is JSON.
func readObject(text []byte, at int) (object, error) {
	d := json.NewDecoder(bytes.NewReader(text[at:]))
	begin, err := d.Token()
	if err != nil || begin != json.Delim('{') {
		return object{}, errNoObject
	}
	here := func() int { return at + int(d.InputOffset()) }
	o := object{at: here() - 1}
	for d.More() {
		m := member{keyAt: here()}
		for strings.ContainsRune(" \t\r\n,", rune(text[m.keyAt])) {
			m.keyAt++
		}
		key, err := d.Token()
		if err != nil {
			return object{}, err
		}
		m.key, _ = key.(string)
		m.keyEnd = here()
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return object{}, err
		}
		m.valueEnd = here()
		m.valueAt = m.valueEnd - len(value)
		o.members = append(o.members, m)
	}
	_, err = d.Token()
	o.end = here()
	return o, err
}

// member is that of a key, in any case, as Go's decoder takes it.
func (o object) member(key string) (member, bool) {
	i := slices.IndexFunc(o.members, func(m member) bool { return strings.EqualFold(m.key, key) })
	if i < 0 {
		return member{}, false
	}
	return o.members[i], true
}

// twice is a key that stands twice. folded makes one of those that mean the same.
func (o object) twice(folded func(string) string) (key string, found bool) {
	seen := map[string]bool{}
	for _, m := range o.members {
		name := folded(m.key)
		if seen[name] {
			return m.key, true
		}
		seen[name] = true
	}
	return "", false
}

// layout is how the members of an object are laid out: what stands before each, and between it and its value.
type layout struct {
	lead  string // a line's end and the indentation, or what else stands between a comma and the next member
	colon string
}

// layoutOf is that of an object's last member; otherwise is that of one without any.
func layoutOf(text []byte, o object, otherwise layout) layout {
	n := len(o.members)
	if n == 0 {
		return otherwise
	}
	last, from := o.members[n-1], o.at+1
	if n > 1 {
		before := o.members[n-2].valueEnd
		from = before + bytes.IndexByte(text[before:], ',') + 1
	}
	lead := string(text[from:last.keyAt])
	if i := strings.LastIndexByte(lead, '\n'); i > 0 {
		start := i
		if lead[i-1] == '\r' {
			start--
		}
		lead = lead[start:]
	}
	return layout{lead: lead, colon: string(text[last.keyEnd:last.valueAt])}
}

// usual is how docker and podman write these files, with the ends of lines that a text has.
func usual(text []byte) layout {
	l := layout{lead: "\n\t", colon: ": "}
	if bytes.Contains(text, []byte("\r\n")) {
		l.lead = "\r\n\t"
	}
	return l
}

// wrap makes an object of one member, as a member of the object at the top which has this layout.
func (l layout) wrap(key, value string) string {
	end, indent := "", ""
	if i := strings.LastIndexByte(l.lead, '\n'); i >= 0 {
		end, indent = l.lead[:i+1], l.lead[i+1:]
	}
	if end == "" {
		return "{" + quote(key) + l.colon + value + "}"
	}
	return "{" + end + indent + indent + quote(key) + l.colon + value + end + indent + "}"
}

// insert puts a member behind all others of an object.
func insert(text []byte, o object, l layout, key, value string) []byte {
	n := len(o.members)
	if n == 0 {
		end, _, _ := strings.Cut(l.lead, "\t")
		return splice(text, o.at+1, o.end-1, l.lead+quote(key)+l.colon+value+end)
	}
	at := o.members[n-1].valueEnd
	return splice(text, at, at, ","+l.lead+quote(key)+l.colon+value)
}

// remove takes a member out of an object.
func remove(text []byte, o object, key string) []byte {
	i := slices.IndexFunc(o.members, func(m member) bool { return m.key == key })
	switch {
	case i < 0:
		return text
	case len(o.members) == 1:
		return splice(text, o.at+1, o.end-1, "")
	case i == 0:
		return splice(text, o.members[0].keyAt, o.members[1].keyAt, "")
	}
	return splice(text, o.members[i-1].valueEnd, o.members[i].valueEnd, "")
}

func splice(text []byte, from, to int, with string) []byte {
	return slices.Concat(text[:from], []byte(with), text[to:])
}

// quote writes a text that needs no escapes beyond JSON's own.
func quote(s string) string {
	quoted, _ := text.JSON(s, "") // a text always can be written
	return strings.TrimSuffix(string(quoted), "\n")
}
