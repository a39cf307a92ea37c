// Package npmrc reads and changes the settings of npm: an .npmrc, in which the registries of a project stand, and the tokens of
// a person. npm runs no credential helper, so a token has to be written there.
//
//	registry=https://pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/
//	//pkgs.dev.azure.com/contoso/_packaging/shop/npm/registry/:_authToken=TOKEN
//
// https://docs.npmjs.com/cli/configuring-npm/npmrc. The text is that of https://www.npmjs.com/package/ini: what stands behind a
// line "[section]" is none of npm's settings, and of two lines for a key the last one counts.
package npmrc

import (
	"slices"
	"strings"
	"unicode"
)

// line is one of the text. All lines in their order are the text.
type line struct {
	text string // with its end
	key  string // of a setting at the top level; "" of any other line
}

// linesOf splits a text. A lone CR ends a line, too.
func linesOf(content string) []line {
	var all []line
	for top := true; content != ""; {
		n := strings.IndexAny(content, "\r\n") + 1
		switch {
		case n == 0:
			n = len(content)
		case strings.HasPrefix(content[n-1:], "\r\n"):
			n++
		}
		l := line{text: content[:n]}
		trimmed := trim(l.text)
		if strings.HasPrefix(l.text, "[") && strings.IndexByte(trimmed, ']') == len(trimmed)-1 {
			top = false
		} else if top && trimmed != "" && trimmed[0] != ';' && trimmed[0] != '#' {
			key, _, _ := strings.Cut(l.text, "=")
			l.key = strings.TrimSuffix(plain(key), "[]") // of a list
		}
		all, content = append(all, l), content[n:]
	}
	return all
}

// value is what stands behind the key.
func (l line) value() string {
	_, value, _ := strings.Cut(l.text, "=")
	return plain(value)
}

// plain is a key or a value without what the format puts around it: blanks, quotes, a comment.
func plain(s string) string {
	s = trim(s)
	if n := len(s) - 1; n > 0 && (s[0] == '"' || s[0] == '\'') && s[n] == s[0] {
		return s[1:n]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == ';' || s[i] == '#' {
			break
		}
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`\;#`, s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return trim(b.String())
}

// trim takes off what JavaScript takes for white space, a byte order mark included.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

// Registries are the addresses of the registries that a text names, the one of all packages and those of scopes, each once.
// ${NAME} stands for a variable of the environment.
func Registries(content []byte, getenv func(string) string) []string {
	var all []string
	for _, l := range linesOf(string(content)) {
		if l.key != "registry" && !(strings.HasPrefix(l.key, "@") && strings.HasSuffix(l.key, ":registry")) {
			continue
		}
		if address := expand(l.value(), getenv); address != "" && !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return all
}

// expand puts in variables. One that is not set stays as it is written, as with npm.
func expand(s string, getenv func(string) string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return b.String() + s
		}
		b.WriteString(before)
		if value := getenv(name); value != "" {
			b.WriteString(value)
		} else {
			b.WriteString("${" + name + "}")
		}
		s = after
	}
}
