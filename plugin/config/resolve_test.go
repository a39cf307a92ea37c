package config

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

// FuzzSettings gives the settings that decide where tokens go any text: no panic, and a request that was
// accepted names a known authority and clean words.
func FuzzSettings(f *testing.F) {
	f.Add("contoso.example", "11111111-2222-3333-4444-555555555555", "https://login.microsoftonline.com", "AzurePublicCloud", "alice@contoso.example", "90s", "a/.default")
	f.Add("../x", "x", "http://a", "azure", "a b", "-1s", "")
	f.Add("\x1b", "\x00", "https://evil.example", "", "\u202e", "1e99h", "a,b https://x/.default https://y/.default")
	f.Fuzz(func(t *testing.T, tenant, client, host, cloud, user, timeout, scopes string) {
		source := Source{Getenv: func(string) string { return "" }}
		s := Settled{File: &File{}, Settings: Settings{NewLayer(ByCluster, "fuzz", map[string]string{TenantID: tenant, ClientID: client,
			AuthorityHost: host, Environment: cloud, Account: user, PromptTimeout: timeout, Scope: scopes})}}
		target, err := source.target(s)
		if err != nil {
			return
		}
		r := target.Request
		known := false
		for _, cloud := range authority.Clouds() {
			known = known || cloud.Host == r.Authority
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
		found, err := s.Scopes(target.Authority)
		for _, word := range found {
			if err == nil && (text.Clean(word) != word || !text.IsWord(word)) {
				t.Errorf("the scope %q is accepted", word)
			}
		}
	})
}
