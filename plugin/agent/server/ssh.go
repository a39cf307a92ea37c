package server

import (
	"net"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// sshFlags are the options of OpenSSH's client that take a value (main of ssh.c, as of 10.2): all others take none, and can stand
// together.
// https://man.openbsd.org/ssh
const sshFlags = "BbcDEeFIiJLlmOoPpQRSWw"

// longestHost bounds what is shown of a host's name, in characters.
const longestHost = 80

// sshHost names the destination of an ssh by its arguments, the first of which is its name.
func sshHost(arguments []string) string {
	title := strings.Join(arguments, " ")
	if rest, ok := strings.CutPrefix(title, "ssh: "); ok { // a master that ControlPersist has put into the background
		control, _, _ := strings.Cut(rest, " [mux]")
		return text.Short(control, longestHost) + " (ssh, by its control socket)"
	}
	if len(arguments) == 0 {
		return "an unknown host (ssh)"
	}
	host, user, port := sshDestination(arguments[1:])
	if host == "" {
		return "an unknown host (ssh)"
	}
	if port != "" && port != "22" {
		host = net.JoinHostPort(host, port)
	}
	if user != "" {
		host = user + "@" + host
	}
	return text.Short(host, longestHost) + " (ssh)"
}

// sshDestination reads ssh's arguments as getopt(3) and ssh do: options, the destination, options again; the rest is the
// command. What stands first counts.
func sshDestination(arguments []string) (host, user, port string) {
	set := func(where *string, value string) {
		if *where == "" {
			*where = value
		}
	}
	for len(arguments) > 0 {
		word := arguments[0]
		arguments = arguments[1:]
		switch {
		case word == "--" && host != "":
			return host, user, port
		case word == "--":
			continue
		case len(word) < 2 || word[0] != '-':
			if host != "" {
				return host, user, port
			}
			var u, p string
			if host, u, p = splitDestination(word); host == "" {
				return "", "", ""
			}
			set(&user, u)
			set(&port, p)
			continue
		}
		flag, value, used := sshOption(word[1:], arguments)
		if used {
			arguments = arguments[1:]
		}
		switch name, given, _ := strings.Cut(strings.ReplaceAll(value, " ", "="), "="); {
		case flag == 'l':
			set(&user, value)
		case flag == 'p':
			set(&port, value)
		case flag == 'o' && strings.EqualFold(name, "user"):
			set(&user, strings.TrimLeft(given, "="))
		case flag == 'o' && strings.EqualFold(name, "port"):
			set(&port, strings.TrimLeft(given, "="))
		}
	}
	return host, user, port
}

// sshOption is the option with a value among letters that stand together, and whether that is the next word; 0 for none.
func sshOption(letters string, next []string) (flag byte, value string, used bool) {
	for i := range len(letters) {
		if strings.IndexByte(sshFlags, letters[i]) < 0 {
			continue
		}
		if i+1 < len(letters) {
			return letters[i], letters[i+1:], false
		}
		if len(next) > 0 {
			return letters[i], next[0], true
		}
	}
	return 0, "", false
}

// splitDestination reads [user@]host, or ssh://[user@]host[:port].
func splitDestination(word string) (host, user, port string) {
	rest, isURI := strings.CutPrefix(word, "ssh://")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		user, rest = rest[:i], rest[i+1:]
	}
	if isURI {
		user, _, _ = strings.Cut(user, ";") // parameters of the connection
		rest, _, _ = strings.Cut(rest, "/")
		if h, p, err := net.SplitHostPort(rest); err == nil {
			return h, user, p
		}
		rest = strings.Trim(rest, "[]")
	}
	return rest, user, ""
}
