package config

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/authority"
)

func TestParseConfig(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"empty":                 {"", ""},
		"comments alone":        {"# nothing\n", ""},
		"settings":              {"tenant-id: t\nscope: [a, b]\n", ""},
		"a list":                {"- tenant-id: t\n", "no list of settings"},
		"a text":                {"tenant-id\n", "no list of settings"},
		"null":                  {"tenant-id:\n", "no text"},
		"a number":              {"tenant-id: 5\n", "no text"},
		"no port":               {"redirect-port: [8400]\n", "no text"},
		"YAML 1.1's truth":      {"account: on\n", "no text"},
		"empty text":            {"account: ''\n", "empty account"},
		"a list of accounts":    {"account: [a, b]\n", "no text"},
		"an empty scope":        {"scope: ['']\n", "no text"},
		"unknown":               {"tenant_id: t\n", `did you mean "tenant-id"?`},
		"twice":                 {"account: a\naccount: b\n", "already"},
		"a client secret":       {"client_secret: hunter2\n", "unknown setting"},
		"no YAML":               {"\"\n", "no YAML"},
		"authorities: a text":   {"authorities: x\n", "no list"},
		"authorities: of texts": {"authorities: [x]\n", "no list of host"},
		"authority without":     {"authorities: [{graph: https://g.example}]\n", "no address"},
		"authority over http":   {"authorities: [{host: 'http://a.example'}]\n", "not https"},
		"authority look-alike":  {"authorities: [{host: 'lоgin.example'}]\n", "no host name"},
		"authority, dot":        {"authorities: [{host: 'login.example.'}]\n", "no host name"},
		"authority, unknown":    {"authorities: [{host: a.example, ca_file: x}]\n", `did you mean "ca-file"?`},
		"authority's Graph":     {"authorities: [{host: a.example, graph: 'https://g.example/v1.0'}]\n", "more than scheme"},
		"authority":             {"authorities: [{host: 'https://A.example:443/', ca-file: x, graph: g.example}]\n", ""},
		"authority, twice":      {"authorities: [{host: a.example}, {host: 'https://A.example:443'}]\n", "has a host twice in authorities: a.example"},
		"host without scope":    {"hosts: [{host: git.example}]\n", "has no scope in hosts (git.example): which application is behind it?"},
		"host, organization":    {"hosts: [{host: git.example, scope: x/y, organization: a}]\n", "has an organization in hosts (git.example), which only dev.azure.com has"},
		"host, twice":           {"hosts: [{host: git.example, scope: x/y}, {host: Git.example, scope: x/z}]\n", "has a host twice in hosts: git.example"},
		"organization, twice":   {"hosts: [{host: dev.azure.com, organization: a}, {host: dev.azure.com, organization: A}]\n", "has a host twice in hosts: dev.azure.com/a"},
		"organizations":         {"hosts: [{host: dev.azure.com}, {host: dev.azure.com, organization: a}, {host: dev.azure.com, organization: b}]\n", ""},
		"registry, twice":       {"registries: [{host: a.azurecr.io}, {host: A.azurecr.io, account: a@b.example}]\n", "has a host twice in registries: a.azurecr.io"},
		"registries":            {"registries: [{host: a.azurecr.io}, {host: b.azurecr.io}]\n", ""},
	} {
		_, err := Parse("config.yaml", []byte(test.text))
		switch {
		case test.want == "" && err != nil, test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the value is shown: %v", name, err)
		}
	}
}

// FuzzParseConfig looks for a file that ends the program, or that trusts an authority which is no https
// host name.
func FuzzParseConfig(f *testing.F) {
	for _, text := range []string{"tenant-id: x\n", "authorities:\n  - host: a.example:8443\n    ca-file: ca.pem\n", "scope: [a, b]", "a: &x [*x]", "{", "? [a]\n: b\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse("config.yaml", text)
		if err != nil {
			return
		}
		for _, a := range c.Authorities {
			if host, err := authority.OriginHost(a.Host); err != nil || host != a.Host {
				t.Errorf("the authority %q is trusted: %v", a.Host, err)
			}
		}
	})
}
