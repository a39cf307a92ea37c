package azcli

import (
	"encoding/json"
	"strconv"
	"strings"
)

// literal reads what Python's ast.literal_eval reads, as far as JSON has it: {'a': True, 'b': [None, 1]}.
// https://docs.python.org/3/library/ast.html#ast.literal_eval
type literal struct{ rest string }

// space passes over blanks and returns what follows.
func (l *literal) space() string {
	l.rest = strings.TrimLeft(l.rest, " \t\r\n")
	return l.rest
}

// take passes over a word if it comes next.
func (l *literal) take(word string) bool {
	rest, ok := strings.CutPrefix(l.space(), word)
	if ok {
		l.rest = rest
	}
	return ok
}

func (l *literal) value(depth int) (any, bool) {
	const deepest = 100
	next := l.space()
	switch {
	case next == "" || depth > deepest:
		return nil, false
	case next[0] == '\'' || next[0] == '"':
		return l.text()
	case l.take("{"):
		return l.object(depth)
	case l.take("["):
		return l.list("]", depth)
	case l.take("("):
		return l.list(")", depth)
	}
	end := strings.IndexAny(next+",", " \t\r\n,:]})")
	word := next[:end]
	l.rest = next[end:]
	if known, ok := map[string]any{"True": true, "False": false, "None": nil}[word]; ok {
		return known, true
	}
	return json.Number(word), json.Valid([]byte(word)) && strings.Trim(word, "0123456789+-.eE") == ""
}

func (l *literal) object(depth int) (any, bool) {
	fields := map[string]any{}
	for !l.take("}") {
		key, ok := l.value(depth + 1)
		name, isText := key.(string)
		if !ok || !isText || !l.take(":") {
			return nil, false
		}
		if fields[name], ok = l.value(depth + 1); !ok {
			return nil, false
		}
		if !l.take(",") && !strings.HasPrefix(l.space(), "}") {
			return nil, false
		}
	}
	return fields, true
}

func (l *literal) list(end string, depth int) (any, bool) {
	items := []any{}
	for !l.take(end) {
		item, ok := l.value(depth + 1)
		if !ok || !l.take(",") && !strings.HasPrefix(l.space(), end) {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}

// text reads a string in either quotation marks. Escapes that Go has not are not known here.
func (l *literal) text() (any, bool) {
	quote := l.rest[0]
	rest := l.rest[1:]
	var out strings.Builder
	for rest != "" && rest[0] != quote && rest[0] != '\n' {
		if rest[0] == '\\' && len(rest) > 1 && (rest[1] == '\'' || rest[1] == '"') {
			out.WriteByte(rest[1])
			rest = rest[2:]
			continue
		}
		c, _, tail, err := strconv.UnquoteChar(rest, 0)
		if err != nil {
			return nil, false
		}
		out.WriteRune(c) // \xe9 is a letter to Python
		rest = tail
	}
	if rest == "" || rest[0] != quote {
		return nil, false
	}
	l.rest = rest[1:]
	return out.String(), true
}
