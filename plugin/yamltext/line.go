package yamltext

import "strings"

// Line is what a line looks like.
type Line struct {
	Indent int
	Rest   string // without indentation and end
	Idle   bool   // it is blank or a comment
	Dash   bool   // it begins an element of a list
}

// Look looks at a line, with or without its end.
func Look(text string) Line {
	text = strings.TrimRight(text, "\r\n")
	rest := strings.TrimLeft(text, " ")
	blank := strings.TrimSpace(rest) == ""
	return Line{len(text) - len(rest), rest, blank || rest[0] == '#', rest == "-" || strings.HasPrefix(rest, "- ")}
}

// Comment reports whether the line is one.
func (l Line) Comment() bool { return strings.HasPrefix(l.Rest, "#") }

// CutComment splits a value from the comment behind it, which keeps the space before it.
func CutComment(text string) (value, comment string) {
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
