package text

import "strings"

// Redact is Short for words that a service chose: its reasons, hosts and IDs. A service, or
// whoever sits in its place, may repeat a token that it was sent; what looks like one, or like a part of
// one, becomes "[redacted]". It looks at the whole text before it is cut.
func Redact(s string, n int) string {
	s = Clean(s)
	var b strings.Builder
	for s != "" {
		i := strings.IndexFunc(s, isTokenRune)
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexFunc(s, func(r rune) bool { return !isTokenRune(r) })
		if end < 0 {
			end = len(s)
		}
		if likeToken(s[:end]) {
			b.WriteString(hidden)
		} else {
			b.WriteString(s[:end])
		}
		s = s[end:]
	}
	b.WriteString(s)
	return Short(b.String(), n)
}

// isTokenRune reports whether r may stand in a bearer token, without the slash, which divides paths:
// https://www.rfc-editor.org/rfc/rfc6750#section-2.1
func isTokenRune(r rune) bool {
	return IsAlphanumeric(r) || strings.ContainsRune("-._~+=", r)
}

// IsAlphanumeric reports whether c is an ASCII letter or digit.
func IsAlphanumeric[C byte | rune](c C) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// likeToken reports whether a run of characters is a JWT, or as long and as mixed as random text in base64
// is. GUIDs, host names and the names of permissions, whose long ones have dots, are not.
func likeToken(run string) bool {
	if i := strings.Index(run, "eyJ"); i >= 0 && len(run)-i >= 12 {
		return true
	}
	var upper, lower, digits, word, longest int
	for i := range len(run) {
		if word++; run[i] == '.' {
			word = 0
		}
		longest = max(longest, word)
		switch c := run[i]; {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case c >= '0' && c <= '9':
			digits++
		}
	}
	return upper > 1 && lower > 1 && (len(run) >= 20 && digits >= 2 || len(run) >= 40 && digits >= 1 || longest >= 40)
}
