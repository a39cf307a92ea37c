package sshcmd

import (
	"strings"

	"github.com/spf13/pflag"
)

// split parts our flags from what is ssh's. Ours are long and come first; ssh has none but "--", which ends its own.
func split(args []string, flags *pflag.FlagSet) (ours, rest []string) {
	i := 0
	for i < len(args) && strings.HasPrefix(args[i], "--") && len(args[i]) > len("--") {
		name, _, whole := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		i++
		if known := flags.Lookup(name); !whole && known != nil && known.NoOptDefVal == "" && i < len(args) {
			i++
		}
	}
	return args[:i], args[i:]
}

// The options of ssh(1) that take a value; and those with which it opens no session on a host: it asks something of itself
// or of another ssh, or only carries bytes, and what it is told to forward besides is in the way.
const (
	withValue   = "bceilmopwBDEFIJLOPQRSW"
	noSessionOf = "GOQVW"
)

// opensSession reports whether an ssh with these arguments opens a session on a host.
func opensSession(args []string) bool {
	host, ended := false, false
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--" && !ended:
			ended = true // for good, also in front of the host
		case ended || len(arg) < 2 || arg[0] != '-':
			if host {
				return true // the rest is the command
			}
			host = true
		default:
			found, next := options(arg[1:])
			if strings.ContainsAny(found, noSessionOf) {
				return false
			}
			if next {
				i++
			}
		}
	}
	return host
}

// options are the letters of a word such as "NfL", without a value in it: next says that this is the next word.
func options(word string) (letters string, next bool) {
	for i, letter := range word {
		if strings.ContainsRune(withValue, letter) {
			return word[:i+1], i+1 == len(word)
		}
	}
	return word, false
}
