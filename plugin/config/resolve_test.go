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

// Flags of a kubeconfig and a cluster's configuration have fewer people asked, never more. By hand a flag counts most.
func TestPromptOfAKubeconfig(t *testing.T) {
	const never, ci = "nobody", "CI"
	for _, test := range []struct {
		flag, cluster, env, file, ci string
		byHand                       string // who forbids it, "" if nobody does
		kubeconfig                   string
	}{
		{flag: "always", ci: "true", byHand: "", kubeconfig: ci},
		{flag: "auto", ci: "true", byHand: ci, kubeconfig: ci},
		{flag: "always", file: "never", byHand: "", kubeconfig: never},
		{flag: "auto", env: "never", byHand: "", kubeconfig: never},
		{flag: "never", env: "always", byHand: never, kubeconfig: never},
		{flag: "auto", cluster: "never", byHand: "", kubeconfig: never},
		{flag: "always", cluster: "never", file: "always", ci: "true", byHand: "", kubeconfig: never},
		{cluster: "always", ci: "true", byHand: ci, kubeconfig: ci},
		{cluster: "never", env: "always", ci: "true", byHand: "", kubeconfig: ""},
		{env: "always", ci: "true", byHand: "", kubeconfig: ""},
		{flag: "always", env: "always", ci: "true", byHand: "", kubeconfig: ""},
		{flag: "sometimes", byHand: "error", kubeconfig: "error"},
		{flag: "always", file: "sometimes", byHand: "", kubeconfig: "error"},
	} {
		for _, kubeconfig := range []bool{false, true} {
			env := map[string]string{"CI": test.ci, Variable(Prompt): test.env}
			source := Source{Getenv: func(name string) string { return env[name] }, FromKubeconfig: kubeconfig}
			flags := map[string]string{}
			if test.flag != "" {
				flags[Prompt] = test.flag
			}
			s, err := source.Settings(Call{Flags: Flags(flags), File: &File{Values: map[string]string{Prompt: test.file}},
				More: []Layer{NewLayer(ByCluster, "the cluster", map[string]string{Prompt: test.cluster})}})
			if err != nil {
				t.Fatal(err)
			}
			got, err := source.Unattended(s.Settings)
			switch {
			case err != nil:
				got = "error"
			case strings.HasSuffix(got, ": never"):
				got = never
			case got == "CI is set":
				got = ci
			}
			want := test.byHand
			if kubeconfig {
				want = test.kubeconfig
			}
			if got != want {
				t.Errorf("%+v, of a kubeconfig: %v: %q", test, kubeconfig, got)
			}
		}
	}
}
