package gitcheck

import (
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
)

// ParseMatched reads the fields that "git config --null --get-urlmatch http URL" prints.
func ParseMatched(fields []string) map[string]string {
	all := map[string]string{}
	for _, field := range fields {
		if key, value, ok := strings.Cut(field, "\n"); ok {
			all[strings.ToLower(key)] = value
		}
	}
	return all
}

// CheckNetwork says what git would do on the way to the host and entralogin would not. No value is shown:
// the address of a proxy may hold a password, and a header a token. windows says that git comes with
// certificates of its own, which it names in its configuration.
func CheckNetwork(git map[string]string, getenv func(string) string, windows bool) []check.Finding {
	var found []check.Finding
	set := func(name string) bool { return git["http."+name] != "" }
	env := func(names ...string) bool {
		for _, name := range names {
			if getenv(name) != "" {
				return true
			}
		}
		return false
	}
	if (set("sslcainfo") || set("sslcapath") || env("GIT_SSL_CAINFO", "GIT_SSL_CAPATH")) && !env("SSL_CERT_FILE", "SSL_CERT_DIR") && !windows {
		found = append(found, Network.Warn("git has certificates of its own (http.sslCAInfo, http.sslCAPath), and entralogin trusts those of the system alone").
			Or("have the authority trusted on this machine, or name its file in SSL_CERT_FILE"))
	}
	if set("sslverify") && !isTrue(git["http.sslverify"]) || env("GIT_SSL_NO_VERIFY") {
		found = append(found, Network.Warn("git does not verify certificates (http.sslVerify, GIT_SSL_NO_VERIFY): whoever sits in the way gets the token").
			Or("have the authority trusted instead: http.sslCAInfo"))
	}
	if strings.HasPrefix(strings.ToLower(git["http.extraheader"]), "authorization:") {
		found = append(found, Network.Warn("git sends an Authorization header of its own (http.extraHeader), and asks for a token only where that is refused").
			Or(`git config --name-only --show-origin --get-regexp '^http\..*extraheader$' says where it stands`)) // mostly for one URL, as pipelines leave it
	}
	return found
}

// CheckWays says when git and entralogin go different ways to a host, and which way each goes.
func CheckWays(host string, git, own Way) []check.Finding {
	if !differ(git, own) {
		return nil
	}
	return []check.Finding{Network.Warn("git goes to %s %s, and entralogin %s", name(host), git, own).
		Or("give both cases of a variable one value: HTTPS_PROXY and https_proxy, NO_PROXY and no_proxy; what is in http.proxy has to be there, too (entralogin help network)")}
}
