package gitcheck

import (
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
)

// Version is git's version as far as it decides what a helper can do. The zero Version is one that is not
// known.
type Version struct{ Major, Minor int }

// ParseVersion reads what "git version" prints: "git version 2.45.1.windows.1".
func ParseVersion(out string) (Version, bool) {
	numbers, is := strings.CutPrefix(out, "git version ")
	major, rest, _ := strings.Cut(numbers, ".")
	minor := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	m, err := strconv.ParseUint(major, 10, 16)
	n, err2 := strconv.ParseUint(minor, 10, 16)
	if !is || err != nil || err2 != nil {
		return Version{}, false
	}
	return Version{int(m), int(n)}, true
}

// AtLeast reports whether v is major.minor or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Bearer reports whether git takes bearer tokens and sends them with all of its requests. From 2.46 on it
// takes them (https://git-scm.com/docs/git-credential#IOFMT), but before 2.54 it leaves them out of the request
// that goes ahead of a large one, so that a push of more than http.postBuffer fails.
func (v Version) Bearer() bool { return v.AtLeast(2, 54) }

// CheckVersion says what git's version means for tokens. out is what "git version" prints.
func CheckVersion(out string) (Version, check.Finding) {
	v, ok := ParseVersion(out)
	shown := name(out)
	switch {
	case !ok:
		return v, Git.Warn("git does not say its version: %q", shown)
	case !v.AtLeast(2, 30):
		return v, Git.Warn("%s is older than all that entralogin was tried with (2.30)", shown).Or("update git")
	case v.Bearer():
		return v, Git.Good("%s takes bearer tokens, which no other helper keeps", shown)
	case v.AtLeast(2, 41):
		return v, Git.Good("%s takes tokens as passwords, with the time of their end, and passes the server's challenge on", shown)
	}
	end := ""
	if v.AtLeast(2, 40) {
		end = ", with the time of their end"
	}
	return v, Git.Good("%s takes tokens as passwords%s; it does not pass the server's challenge on, so the tenant is asked for", shown, end)
}
