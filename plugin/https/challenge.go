package https

import (
	"regexp"
	"strings"
	"sync"
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
	for rest := header; ; {
		m := nextWord().FindStringSubmatch(rest)
		if m == nil {
			return all
		}
		word, equals, quoted, plain, token := m[1], m[2], m[3], m[4], m[5]
		rest = rest[len(m[0]):]
		switch {
		case equals == "":
			all = append(all, Challenge{Scheme: word, Token: token, Params: map[string]string{}})
		case !strings.HasSuffix(m[0], `"`) && strings.HasPrefix(rest, `"`): // that nothing closes
			return all
		case len(all) > 0:
			all[len(all)-1].add(word, quotedPair().ReplaceAllString(quoted, "$1")+plain)
		}
	}
}

// nextWord matches a parameter, with its value, or a scheme, with its token68 where the challenge ends behind it: else
// that is the name of a parameter. (RFC 9110, sections 5.6.2, 5.6.4 and 11.2.)
var nextWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("(?s)^[ \t,]*([-!#$%&'*+.^_`|~0-9A-Za-z]+)" +
		`(?:[ \t]*(=)[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^ \t,"][^ \t,]*|))| +([-._~+/0-9A-Za-z]+=*)[ \t]*(?:,|$))?`)
})

// quotedPair matches what stands for one character in a quoted string.
var quotedPair = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?s)\\(.)`) })

func (c Challenge) add(name, value string) {
	name = strings.ToLower(name)
	if _, twice := c.Params[name]; !twice && c.Token == "" {
		c.Params[name] = value
	}
}
