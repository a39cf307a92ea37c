package authority

import (
	"errors"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// OriginHost returns the host, with its port if it is not 443, of "https://host[:port][/]" or "host[:port]".
func OriginHost(address string) (string, error) {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "":
		return "", errors.New("is no address such as https://login.example.com")
	case u.Scheme != "https":
		return "", errors.New("is not https")
	case u.User != nil:
		return "", errors.New("has a user name in it")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("has more than scheme, host and port")
	case !isHostName(u.Hostname()):
		return "", errors.New("has a character that no host name has")
	}
	host := strings.ToLower(u.Host)
	return strings.TrimSuffix(host, ":443"), nil
}

// isHostName accepts ASCII names and addresses only: a look-alike in another script is none, and a name
// with a trailing dot would be a second name for the same host.
func isHostName(s string) bool {
	foreign := func(r rune) bool { return !text.IsAlphanumeric(r) && !strings.ContainsRune("-.:", r) }
	return !strings.ContainsFunc(s, foreign) && s[0] != '.' && s[len(s)-1] != '.'
}
