package text

import (
	"regexp"
	"strings"
	"sync"
)

// Redact is Short for words that a service chose: its reasons, hosts and IDs. A service, or
// whoever sits in its place, may repeat a token that it was sent; what looks like one, or like a part of
// one, becomes "[redacted]". It looks at the whole text before it is cut.
func Redact(s string, n int) string {
	return Short(tokenRuns().ReplaceAllStringFunc(Clean(s), func(run string) string {
		if likeToken(run) {
			return hidden
		}
		return run
	}), n)
}

// tokenRuns matches runs of what may stand in a bearer token, without the slash, which divides paths, and in a refresh
// token of a personal account: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
var tokenRuns = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[-._~+=!*$0-9A-Za-z]+`) })

// IsAlphanumeric reports whether c is an ASCII letter or digit.
func IsAlphanumeric[C byte | rune](c C) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// likeToken reports whether a run of characters is a JWT, or as long and as mixed as random text in base64
// is. GUIDs, host names and the names of permissions, whose long ones have dots, are not.
func likeToken(run string) bool {
	run = strings.TrimRight(run, ".") // of a sentence, or of a cut
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
