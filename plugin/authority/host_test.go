package authority

import (
	"net/url"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

// FuzzOriginHost looks for an address that counts as a host though it is more or less than one: tokens go
// there.
func FuzzOriginHost(f *testing.F) {
	for _, address := range []string{
		"https://login.microsoftonline.com/", "login.microsoftonline.com", "LOGIN.example:443", "http://login.example", "https://user@login.example",
		"https://login.example@evil.example", "login.example.", "lоgin.example", "https://login.example/tenant", "https://[::1]:8443", "a b", "../x",
		"https://login.example?x", "https://login.example#x", "https://login.example:0", "https://login.example:99999", "//login.example", "\x1b[0m", "",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		host, err := OriginHost(address)
		if err != nil {
			if text.Clean(err.Error()) != err.Error() {
				t.Errorf("%q: the reason is not clean: %q", address, err)
			}
			return
		}
		u, err := url.Parse("https://" + host)
		if err != nil || u.Host != host || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Hostname() == "" || host != strings.ToLower(host) {
			t.Errorf("%q became %q: %v", address, host, err)
		}
		if again, err := OriginHost(host); err != nil || again != host {
			t.Errorf("%q became %q, and that %q: %v", address, host, again, err)
		}
	})
}
