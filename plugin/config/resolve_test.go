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

// Microsoft's own resources are refused by the names that they have in each cloud, whichever cloud is signed in to, and
// the config allows one by any of its names.
func TestCheckClusterInAllClouds(t *testing.T) {
	resources := map[string][]string{
		"Azure Resource Manager": {"https://management.azure.com", "https://management.usgovcloudapi.net/", "https://management.core.usgovcloudapi.net/",
			"https://management.chinacloudapi.cn", "https://management.core.chinacloudapi.cn/", "797f4846-ba00-4fd7-ba43-dac1f8f63013",
			"{797F4846-BA00-4FD7-BA43-DAC1F8F63013}", "797f4846ba004fd7ba43dac1f8f63013"},
		"Microsoft Graph": {"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn",
			"00000003-0000-0000-c000-000000000000"},
		"Azure AD Graph":     {"https://graph.windows.net", "https://graph.microsoftazure.us", "https://graph.chinacloudapi.cn"},
		"Azure Key Vault":    {"https://vault.azure.net", "https://vault.usgovcloudapi.net", "https://vault.azure.cn", "https://my.managedhsm.usgovcloudapi.net"},
		"Azure Storage":      {"https://storage.azure.com", "https://mine.blob.core.usgovcloudapi.net", "https://mine.dfs.core.chinacloudapi.cn"},
		"Azure SQL Database": {"https://database.windows.net", "https://database.usgovcloudapi.net", "https://database.chinacloudapi.cn"},
		"Azure DevOps":       {"499b84ac-1321-427f-aa17-267ca6975798", "https://app.vssps.visualstudio.com"},
		"Exchange Online":    {"https://outlook.office365.com", "https://outlook.office365.us", "https://partner.outlook.cn"},
	}
	source := Source{Getenv: func(string) string { return "" }}
	for _, cloud := range authority.Clouds() {
		target := func(server string, allowed ...string) (Target, []string) {
			s, err := source.Settings(Call{File: &File{AllowResources: allowed}, Flags: Flags(map[string]string{
				Environment: cloud.Environment, TenantID: AnyTenant, ClientID: authority.AKSClient, ServerID: server})})
			if err != nil {
				t.Fatal(err)
			}
			target, err := source.target(s)
			if err != nil {
				t.Fatal(err)
			}
			scopes, err := target.Scopes(target.Authority)
			if err != nil {
				t.Fatal(err)
			}
			return target, scopes
		}
		for name, ids := range resources {
			for _, id := range ids {
				refused, scopes := target(id)
				if err := refused.CheckCluster(scopes); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("%s is given a token of %s (%s): %v", cloud.Environment, id, name, err)
				}
				allowed, scopes := target(id, id)
				if err := allowed.CheckCluster(scopes); err != nil {
					t.Errorf("%s: %s is allowed: %v", cloud.Environment, id, err)
				}
			}
		}
		own, scopes := target(authority.AKSServer)
		if err := own.CheckCluster(scopes); err != nil {
			t.Errorf("%s: %v", cloud.Environment, err)
		}
	}
}
