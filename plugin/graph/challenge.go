package graph

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// claimsChallenge returns the claims, as a JSON object, of the Bearer challenge in the WWW-Authenticate
// headers of an answer, or "" if there are none:
// https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
func claimsChallenge(headers []string) string {
	for _, header := range headers {
		for _, c := range parseChallenges(header) {
			if !strings.EqualFold(c.scheme, "Bearer") {
				continue
			}
			if claims := decodeClaims(c.params["claims"]); claims != "" {
				return claims
			}
		}
	}
	return ""
}

// decodeClaims decodes base64 in either alphabet, with or without padding, and takes a JSON object only.
func decodeClaims(text string) string {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	claims, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	claims = bytes.TrimSpace(claims)
	if len(claims) == 0 || claims[0] != '{' || !json.Valid(claims) {
		return ""
	}
	return string(claims)
}

// challenge is one challenge of a WWW-Authenticate header. The names of its parameters are in lower
// case.
type challenge struct {
	scheme string
	params map[string]string
}

// parseChallenges parses a list of challenges (RFC 9110, section 11.6.1). A comma stands between
// parameters and between challenges alike: a word without "=" behind it is the scheme of a new one.
// It ends at the first thing that it does not understand.
func parseChallenges(header string) []challenge {
	var all []challenge
	rest := header
	for {
		rest = strings.TrimLeft(rest, " \t,")
		var word string
		word, rest = cutToken(rest)
		if word == "" {
			return all
		}
		after := strings.TrimLeft(rest, " \t")
		if !strings.HasPrefix(after, "=") {
			all = append(all, challenge{word, map[string]string{}})
			continue
		}
		var value string
		var ok bool
		value, rest, ok = cutValue(strings.TrimLeft(strings.TrimLeft(after, "="), " \t"))
		if !ok || len(all) == 0 {
			return all
		}
		all[len(all)-1].params[strings.ToLower(word)] = value
	}
}

// cutToken cuts a token (RFC 9110, section 5.6.2) off s. "/" is taken too, for token68 values.
func cutToken(s string) (token, rest string) {
	n := 0
	for n < len(s) && (isAlphanumeric(s[n]) || strings.IndexByte("!#$%&'*+-.^_`|~/", s[n]) >= 0) {
		n++
	}
	return s[:n], s[n:]
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// cutValue cuts a token or a quoted string (RFC 9110, section 5.6.4) off s.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		value, rest = cutToken(s)
		return value, strings.TrimLeft(rest, "="), true // padding of an unquoted base64 text
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
