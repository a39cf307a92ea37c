package gitcheck

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Way is how requests go to a host.
type Way struct {
	Proxy string // SCHEME://HOST:PORT, "" for none, unfit where its address can't be used
	Login bool   // a user name, and perhaps a password, goes to the proxy
	Why   string // what says so, such as "http.proxy"
}

// unfit is in the place of the address of a proxy that is none.
const unfit = "?"

func (w Way) String() string {
	switch {
	case w.Proxy == "":
		return "without a proxy (" + w.Why + ")"
	case w.Proxy == unfit:
		return "nowhere (" + w.Why + " is no address of a proxy)"
	case w.Login:
		return "through the proxy " + w.Proxy + " (" + w.Why + ", with a user name or password that is not shown)"
	}
	return "through the proxy " + w.Proxy + " (" + w.Why + ")"
}

// Environment looks a variable up. One that is empty is there.
type Environment func(name string) (value string, ok bool)

// GitWay is how git goes to a host by https. git is its configuration for the URL, as ParseMatched reads it, with
// remote.NAME.proxy as "remote.proxy". The last that is there counts, even where it is empty: git reads the variables in
// upper case and then those in lower case, and hands curl what comes of it.
// https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpproxy
func GitWay(host string, git map[string]string, env Environment) Way {
	value, why := lastOf(env, "ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy")
	configured := func(name string) (value string, ok bool) { value, ok = git[name]; return }
	if v, name := lastOf(configured, "http.proxy", "remote.proxy"); name != "" {
		value, why = v, strings.Replace(name, "remote.", "remote.NAME.", 1)
	}
	switch {
	case why == "":
		return Way{Why: "no proxy is set for it"}
	case value == "":
		return Way{Why: why + " is empty"}
	}
	list, exempt := lastOf(env, "NO_PROXY", "no_proxy")
	switch past, inAll := exempts(list, hostname(host)); {
	case past && !inAll:
		return Way{Why: exempt + ", where git's curl is older than 8.9 and takes a space for a comma"}
	case past:
		return Way{Why: exempt}
	}
	return through(value, why, map[string]string{"https": "443"}, "1080") // curl's port of all but https
}

// lastOf is the last of some variables that is there, with its name.
func lastOf(env Environment, names ...string) (value, name string) {
	for _, n := range names {
		if v, ok := env(n); ok {
			value, name = v, n
		}
	}
	return value, name
}

// OwnWay is how entralogin goes there: proxy and err are what https.ProxyFor says.
func OwnWay(proxy *url.URL, err error, env Environment) Way {
	variable := ""
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if v, _ := env(name); v != "" {
			variable = cmp.Or(variable, name)
		}
	}
	switch {
	case err != nil:
		return Way{Proxy: unfit, Why: variable}
	case proxy == nil && variable == "":
		return Way{Why: "HTTPS_PROXY is not set"}
	case proxy == nil:
		return Way{Why: "NO_PROXY, or it is this machine"}
	}
	return through(proxy.String(), variable, map[string]string{"http": "80", "https": "443"}, "1080")
}

// through is the way through the proxy of an address. Where that has no port, its scheme has one, or it is otherwise.
func through(address, why string, ports map[string]string, otherwise string) Way {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return Way{Proxy: unfit, Why: why}
	}
	w := Way{Why: why, Login: u.User != nil}
	if u.Scheme == "socks5h" { // which end resolves the name makes no other way of it
		u.Scheme = "socks5"
	}
	if u.Host = strings.ToLower(u.Host); u.Port() == "" {
		u.Host = strings.TrimSuffix(u.Host, ":") + ":" + cmp.Or(ports[u.Scheme], otherwise)
	}
	u.Path = ""
	w.Proxy = text.URL(u.String(), 120)
	return w
}

// exempts reports whether curl goes past the proxy to a host: a list is "*" alone, or names with all below them,
// addresses and networks, with commas in between. A wildcard or a port in a name fits nothing. inAll is false where that
// hangs on a space that divides names: curl of 8.9 and newer reads no further there.
// https://curl.se/libcurl/c/CURLOPT_NOPROXY.html
func exempts(list, host string) (past, inAll bool) {
	if list == "*" {
		return true, true
	}
	inAll = true
	for part := range strings.SplitSeq(list, ",") {
		for i, entry := range strings.Fields(part) {
			inAll = inAll && i == 0
			if covers(entry, host) {
				return true, inAll
			}
		}
	}
	return false, true
}

// covers reports whether one entry of such a list is about a host.
func covers(entry, host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		if network, err := netip.ParsePrefix(entry); err == nil {
			return network.Contains(ip)
		}
		other, err := netip.ParseAddr(strings.Trim(entry, "[]"))
		return err == nil && other == ip
	}
	entry = strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(entry), "."), ".")
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return entry != "" && (host == entry || strings.HasSuffix(host, "."+entry))
}

// hostname is a host without its port.
func hostname(host string) string { return (&url.URL{Host: host}).Hostname() }

// differ reports whether two ways are two.
func differ(a, b Way) bool { return a.Proxy != b.Proxy || a.Login != b.Login }
