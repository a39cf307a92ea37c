package git

import (
	"cmp"
	"net/url"
	"strings"
)

// url takes the attribute url, which stands for protocol, host, path, username and password. git itself
// takes it apart and does not pass it on to helpers; other programs may. Parts that are missing stay as
// they are. The path is not decoded.
func (p *parser) url(value string) string {
	protocol, rest, ok := strings.Cut(value, "://")
	if !ok || protocol == "" {
		return "with a url that has no protocol"
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], strings.Trim(rest[end:], "/")
	problems := []string{p.set("protocol", protocol)}
	user, host, ok := strings.Cut(authority, "@")
	if ok {
		problems = append(problems, p.user(user))
	} else {
		host = authority
	}
	problems = append(problems, p.set("host", host))
	if path != "" {
		problems = append(problems, p.set("path", path))
	}
	return cmp.Or(problems...)
}

// user takes the part of a URL before the "@".
func (p *parser) user(info string) string {
	name, password, hasPassword := strings.Cut(info, ":")
	name, err := url.PathUnescape(name)
	if err != nil || hasControl(name) {
		return "with a url whose user name can't be decoded"
	}
	problems := []string{p.set("username", name)}
	if hasPassword {
		password, err = url.PathUnescape(password)
		if err != nil || hasControl(password) {
			return "with a url whose password can't be decoded"
		}
		problems = append(problems, p.set("password", password))
	}
	return cmp.Or(problems...)
}
