package main

import (
	"testing"

	"github.com/entralogin/entralogin/plugin/git"
)

// What this call is about counts more than the environment; what the config says of the host counts less.
func TestGitSettings(t *testing.T) {
	environment := settings{flagLayer{}.layer(), envLayer(func(name string) string {
		return map[string]string{"ENTRALOGIN_ACCOUNT": "alice@contoso.example", "ENTRALOGIN_TENANT_ID": "contoso"}[name]
	})}
	none := settings{flagLayer{}.layer(), envLayer(func(string) string { return "" })}
	flag := settings{flagLayer{account: "dana@contoso.example"}.layer(), environment[1]}
	for name, test := range map[string]struct {
		s                  settings
		url, config, wants string
	}{
		"the URL":                        {environment, "bob@contoso.example", "", "bob@contoso.example"},
		"the URL, and the config agrees": {environment, "bob@contoso.example", "bob@contoso.example", "bob@contoso.example"},
		"the URL against the config":     {environment, "bob@contoso.example", "carol@contoso.example", "bob@contoso.example"},
		"the organization in the URL":    {environment, "contoso", "carol@contoso.example", "alice@contoso.example"},
		"the config":                     {none, "", "carol@contoso.example", "carol@contoso.example"},
		"a flag":                         {flag, "bob@contoso.example", "carol@contoso.example", "dana@contoso.example"},
	} {
		said := map[string]string{tenantID: "fabrikam", account: test.config}
		if test.url != "" && test.url != "contoso" {
			said[account] = test.url
		}
		s := gitSettings(test.s, git.Input{Username: test.url}, git.Place{Account: test.config}, said)
		if got, _ := s.get(account); got != test.wants {
			t.Errorf("%s: the account is %q, not %q", name, got, test.wants)
		}
		if got, _ := s.get(tenantID); got != "fabrikam" {
			t.Errorf("%s: the tenant is %q", name, got)
		}
	}
}
