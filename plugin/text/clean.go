// Package text makes foreign text fit for a person's eyes, reads the texts that a person wrote, and says
// things as people do.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes foreign text (of a server, of Graph, host names, paths) fit for a person's eyes: on one
// line, without control, bidirectional or zero-width characters and without invalid UTF-8. What would
// change how the rest is read is dropped; line ends and tabs become spaces.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029' || r == '\u0085':
			return ' '
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || isInvisible(r):
			return -1
		}
		return r
	}, s)
}

// CleanLines is Clean for a text of several lines: their ends and tabs stay.
func CleanLines(s string) string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(cleanAll(strings.Split(line, "\t")), "\t")
	}
	return strings.Join(lines, "\n")
}

func cleanAll(list []string) []string {
	for i, s := range list {
		list[i] = Clean(s)
	}
	return list
}

// isInvisible reports whether r shows as nothing though it is of no control or format category:
// Hangul fillers, variation selectors, the combining grapheme joiner, private use and noncharacters.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r) ||
		unicode.Is(unicode.Co, r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// Short is Clean, cut to at most n characters; what is cut is marked with "...", which every terminal can show.
func Short(s string, n int) string {
	s = Clean(s)
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	mark := "..."[:min(3, n)]
	return string([]rune(s)[:n-len(mark)]) + mark
}

// ShortAll is Short of each of a list; never nil.
func ShortAll(list []string, n int) []string {
	short := make([]string, len(list))
	for i, s := range list {
		short[i] = Short(s, n)
	}
	return short
}

// IsWord reports whether s is a single word.
func IsWord(s string) bool { return len(strings.Fields(s)) == 1 }

// IsPlain reports whether a shell takes word for one word and for nothing else. Who names a context or an
// account must not have a command line of their own.
func IsPlain(word string) bool {
	if word == "" || strings.HasPrefix(word, "-") {
		return false
	}
	foreign := func(r rune) bool { return !IsAlphanumeric(r) && !strings.ContainsRune("._-@:/+%,=", r) }
	return !strings.ContainsFunc(word[:1], foreign) && !strings.ContainsFunc(strings.ReplaceAll(word, "#EXT#", ""), foreign)
}

// ProgramName is the name by which a program knows what it was called as: the last part of its path as it stands
// on any system, in lower case and without ".exe".
func ProgramName(path string) string {
	return strings.TrimSuffix(strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:]), ".exe")
}

// AsPlugin is the program's name where kubectl runs it as "kubectl entralogin", and under which krew links it.
const AsPlugin = "kubectl-entralogin"

// IsOwnName reports whether a program is entralogin, going by its name.
func IsOwnName(path string) bool {
	name := ProgramName(path)
	return name == "entralogin" || name == AsPlugin
}

// ShortID is the beginning of a GUID, by which people tell one from another; any other text stays as it is.
func ShortID(s string) string {
	const kept = 8
	if len(s) != 36 || strings.Trim(s, "0123456789abcdefABCDEF-") != "" || strings.Count(s, "-") != 4 || s[kept] != '-' {
		return s
	}
	return s[:kept] + "..."
}
