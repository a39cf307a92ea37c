package server

import (
	"regexp"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/plugin/text"
)

// longestClaim bounds what is shown of another side's words, in characters.
const longestClaim = 80

// Claim is what a person may be shown of the words of another machine: on one line, short, and with nothing to open, to
// enter or to type. An address becomes its host, and what may be a code is left out. It is shown as a claim all the same.
func Claim(words string) string {
	var kept []string
	for _, word := range strings.Fields(text.Redact(words, 4*longestClaim)) {
		kept = append(kept, claimWord(word))
	}
	return text.Short(strings.Join(kept, " "), longestClaim)
}

// claimWord is one word of them.
func claimWord(word string) string {
	const hidden = "[...]"
	if _, address, ok := strings.Cut(word, "://"); ok {
		word = address
	}
	if i := strings.IndexAny(word, `/\?#@`); i >= 0 {
		word = word[:i]
	}
	if strings.HasPrefix(strings.ToLower(word), "www.") || claimCode().MatchString(word) || word == "" {
		return hidden
	}
	// What a terminal or a dialog may take for more than text.
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("<>&\"'`$|;{}[]()*", r) {
			return -1
		}
		return r
	}, word)
}

// claimCode matches what may be a code to enter: six or more capitals, digits and hyphens.
var claimCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Z0-9][A-Z0-9-]{4,}[A-Z0-9]`) })
