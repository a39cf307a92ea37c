package https

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Challenge is one challenge of a WWW-Authenticate header. All of it is foreign text, as it came.
type Challenge struct {
	Scheme string
	Token  string            // token68, such as that of Negotiate; then there are no parameters
	Params map[string]string // by their names in lower case
}

// Is reports whether c is of the scheme: "The scheme name is ... case-insensitive"
// (https://www.rfc-editor.org/rfc/rfc9110#section-11.1).
func (c Challenge) Is(scheme string) bool { return strings.EqualFold(c.Scheme, scheme) }

// Challenges returns the challenges of the WWW-Authenticate headers of an answer, in their order.
func Challenges(headers []string) []Challenge {
	var all []Challenge
	for _, header := range headers {
		all = append(all, parseChallenges(header)...)
	}
	return all
}

// parseChallenges parses the value of one header, a list of challenges:
// https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
//
//	challenge = auth-scheme [ 1*SP ( token68 / #auth-param ) ]
//
// A comma stands between parameters and between challenges alike, so a word is the name of a parameter if
// "=" follows, and else the scheme of the next challenge. Commas may be missing or doubled. Two things are
// taken that the grammar has not: a value without quotes may have any characters but blanks and commas, as
// Azure DevOps writes authorization_uri; and of a parameter that stands twice the first counts. Where
// nothing of that fits, the rest is dropped.
func parseChallenges(header string) []Challenge {
	var all []Challenge
	rest := header
	for {
		var word string
		word, rest = cut(strings.TrimLeft(rest, " \t,"), isTokenByte)
		if word == "" {
			return all
		}
		equals := strings.TrimLeft(rest, " \t")
		if !strings.HasPrefix(equals, "=") {
			c := Challenge{Scheme: word, Params: map[string]string{}}
			c.Token, rest = cutToken68(rest)
			all = append(all, c)
			continue
		}
		var value string
		var ok bool
		value, rest, ok = cutValue(strings.TrimLeft(equals[1:], " \t"))
		if !ok {
			return all
		}
		if len(all) > 0 {
			all[len(all)-1].add(word, value)
		}
	}
}

func (c Challenge) add(name, value string) {
	name = strings.ToLower(name)
	if _, twice := c.Params[name]; !twice && c.Token == "" {
		c.Params[name] = value
	}
}

// cutValue cuts the value of a parameter off s: a quoted string (RFC 9110, section 5.6.4), or all up to a
// blank or a comma.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		value, rest = cut(s, func(c byte) bool { return c != ' ' && c != '\t' && c != ',' })
		return value, rest, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}

// cutToken68 cuts a token68 (RFC 9110, section 11.2) off what stands behind a scheme. It is one only if
// the challenge ends behind it: else it is the name of a parameter.
func cutToken68(s string) (token, rest string) {
	behind := strings.TrimLeft(s, " ")
	if len(behind) == len(s) {
		return "", s
	}
	_, after := cut(behind, func(c byte) bool { return text.IsAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0 })
	after = strings.TrimLeft(after, "=")
	if end := strings.TrimLeft(after, " \t"); end != "" && end[0] != ',' {
		return "", s
	}
	return behind[:len(behind)-len(after)], after
}

// cut cuts the bytes off s, up to the first that is not good.
func cut(s string, good func(byte) bool) (head, rest string) {
	n := 0
	for n < len(s) && good(s[n]) {
		n++
	}
	return s[:n], s[n:]
}

// isTokenByte reports whether c may stand in a token (RFC 9110, section 5.6.2).
func isTokenByte(c byte) bool {
	return text.IsAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
