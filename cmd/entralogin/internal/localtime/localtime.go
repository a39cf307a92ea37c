// Package localtime has the program's local time be that of the system's other programs. Package time knows the zone
// files that $TZ may name, and takes UTC for a rule such as "CET-1CEST,M3.5.0,M10.5.0/3", with which containers and
// routers do without zone files.
//
// The package imports no more than package early, which answers in local time.
package localtime

import (
	"os"
	"time"
)

// Follow sets time.Local where $TZ is a rule, and the name of no zone file. It has to be called before anybody else reads
// time.Local.
func Follow() {
	rule, ok := read(os.Getenv("TZ"))
	if !ok || time.Local.String() != "UTC" { // which is what package time says of a zone that it could not load
		return
	}
	if zone, err := time.LoadLocationFromTZData("Local", zoneFile(rule)); err == nil {
		time.Local = zone
	}
}

// zoneFile is a zone file that says nothing but the rule, which package time goes by then. What that can't make sense of is
// UTC: https://www.rfc-editor.org/rfc/rfc9636
func zoneFile(rule string) []byte {
	const (
		header = "TZif2" + "\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00"
		none   = "\x00\x00\x00\x00"
		first  = none + none + none + none + none + none                             // of the older form, which has nothing
		second = none + none + none + none + "\x00\x00\x00\x01" + "\x00\x00\x00\x04" // one zone, whose name has four bytes
		utc    = none + "\x00" + "\x00" + "UTC\x00"
	)
	return []byte(header + first + header + second + utc + "\n" + rule + "\n")
}

// read reads the value of $TZ as C libraries do. ok is false for what is no rule.
//
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
func read(tz string) (rule string, ok bool) {
	if tz != "" && tz[0] == ':' {
		tz = tz[1:]
	}
	name, rest := cutName(tz)
	offset, rest := cutOffset(rest)
	if name == "" || offset == "" {
		return "", false
	}
	rule = name + offset
	if rest == "" {
		return rule, true
	}
	if name, rest = cutName(rest); name == "" {
		return "", false
	}
	offset, rest = cutOffset(rest)
	rule += name + offset
	switch {
	case rest == "", rest == ",": // those of the United States, also to package time
		return rule, true
	case rest[0] != ',':
		return "", false
	}
	return rule + rest, true
}

// cutName takes the name of a zone, "" for none: three letters or more, or that many letters, digits and signs in <>.
func cutName(s string) (name, rest string) {
	quoted := s != "" && s[0] == '<'
	n := 0
	if quoted {
		n++
	}
	start := n
	for n < len(s) && (letter(s[n]) || quoted && (digit(s[n]) || s[n] == '+' || s[n] == '-')) {
		n++
	}
	if n-start < 3 {
		return "", s
	}
	if quoted {
		if n == len(s) || s[n] != '>' {
			return "", s
		}
		n++
	}
	return s[:n], s[n:]
}

// cutOffset takes the distance to UTC, "" for none: hours, and perhaps minutes and seconds. C libraries take more than a
// day for a day.
func cutOffset(s string) (offset, rest string) {
	n := 0
	if s != "" && (s[0] == '+' || s[0] == '-') {
		n++
	}
	start, hours := n, 0
	for ; n < len(s) && digit(s[n]); n++ {
		hours = min(10*hours+int(s[n]-'0'), 25)
	}
	if n == start {
		return "", s
	}
	offset = s[:n]
	if hours > 24 {
		offset = s[:start] + "24"
	}
	end := n
	for end < len(s) && (digit(s[end]) || s[end] == ':') {
		end++
	}
	return offset + s[n:end], s[end:]
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func digit(c byte) bool  { return '0' <= c && c <= '9' }
