package authority

import (
	"errors"
	"net/url"
	"strings"
)

// OriginHost returns the host, with its port if it is not 443, of "https://host[:port][/]" or "host[:port]".
func OriginHost(text string) (string, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
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
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-.:", r) {
			return false
		}
	}
	return s[0] != '.' && s[len(s)-1] != '.'
}
