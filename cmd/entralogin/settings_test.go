package main

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

// FuzzSettings gives the settings that decide where tokens go any text: no panic, and a request that was
// accepted names a known authority and clean words.
func FuzzSettings(f *testing.F) {
	f.Add("contoso.example", "11111111-2222-3333-4444-555555555555", "https://login.microsoftonline.com", "AzurePublicCloud", "alice@contoso.example", "90s", "a/.default")
	f.Add("../x", "x", "http://a", "azure", "a b", "-1s", "")
	f.Add("\x1b", "\x00", "https://evil.example", "", "\u202e", "1e99h", "a,b https://x/.default https://y/.default")
	f.Fuzz(func(t *testing.T, tenant, client, host, cloud, user, timeout, scopes string) {
		a := &app{lookup: func(string) (string, bool) { return "", false }}
		s := settings{mapLayer("fuzz", map[string]string{tenantID: tenant, clientID: client, authorityHost: host, environment: cloud,
			account: user, promptTimeout: timeout, scope: scopes})}
		target, err := a.resolve(s, &config{})
		if err != nil {
			return
		}
		r := target.request
		known := false
		for _, name := range cloudNames() {
			auth, err := findAuthority(settings{mapLayer("fuzz", map[string]string{environment: name})}, &config{})
			known = known || err == nil && auth.Host == r.Authority
		}
		if !known {
			t.Errorf("the authority %q is trusted", r.Authority)
		}
		for _, word := range []string{r.Tenant, r.Client, r.Account} {
			if text.Clean(word) != word || strings.ContainsAny(word, " /\\") && word != r.Account {
				t.Errorf("%q is accepted", word)
			}
		}
		if r.PromptTimeout < 0 {
			t.Errorf("%v is accepted", r.PromptTimeout)
		}
		found, err := scopesOf(s, target.authority)
		for _, word := range found {
			if err == nil && (text.Clean(word) != word || hasSpace(word)) {
				t.Errorf("the scope %q is accepted", word)
			}
		}
	})
}
