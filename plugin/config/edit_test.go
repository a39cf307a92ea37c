package config

import (
	"strings"
	"testing"
)

const byHand = `# mine
tenant-id: contoso.example   # the tenant
client-id: "11111111-2222-3333-4444-555555555555"

# where I sign in
authorities:
    - host: login.example.com   # ours
      ca-file: 'ca.pem'
hosts:
# git
- host: git.example.com
  scope: api://x/.default

- host: dev.azure.com
  organization: fabrikam
  account: erin@fabrikam.example
profiles:

  # at work
  work:
    account: alice@contoso.example
    # cloud
    environment: public
  home:
    account: bob@example.com
profile: work
# the end
`

func TestEditKeepsTheRest(t *testing.T) {
	for name, test := range map[string]struct {
		old, new string // replaced in byHand, once
		change   Change
	}{
		"text":            {"contoso.example   #", "fabrikam.example   #", Set("tenant-id", "fabrikam.example")},
		"quoted":          {`"11111111-2222-3333-4444-555555555555"`, "00000000-2222-3333-4444-555555555555", Set("client-id", "00000000-2222-3333-4444-555555555555")},
		"new":             {"profile: work\n", "profile: work\nprompt: never\n", Set("prompt", "never")},
		"new bool":        {"profile: work\n", "profile: work\nqr: true\n", Set("qr", "true")},
		"new list":        {"# the end\n", "# the end\nallow-env:\n- 'A=b # c'\n- 'D=: e'\n", Set("allow-env", "A=b # c", "D=: e")},
		"gone":            {"tenant-id: contoso.example   # the tenant\n", "", Unset("tenant-id")},
		"in profile":      {"alice@contoso", "carol@contoso", Set("profiles.work.account", "carol@contoso.example")},
		"new in profile":  {"environment: public\n", "environment: public\n    prompt: always\n", Set("profiles.work.prompt", "always")},
		"new profile":     {"bob@example.com\n", "bob@example.com\n  new.one:\n    qr: false\n", Set("profiles.new.one.qr", "false")},
		"gone in profile": {"    account: alice@contoso.example\n", "", Unset("profiles.work.account")},
		"gone profile":    {"  home:\n    account: bob@example.com\n", "", Unset("profiles.home.account")},
		"profile":         {"  home:\n    account: bob@example.com\n", "", Unset("profiles.home")},
		"host":            {"api://x/.default", "api://y/.default", Set("hosts.GIT.example.com.scope", "api://y/.default")},
		"new in host":     {"api://x/.default\n", "api://x/.default\n  tenant-id: a.example\n", Set("hosts.git.example.com.tenant-id", "a.example")},
		"organization":    {"erin@fabrikam.example\n", "erin@fabrikam.example\n  profile: home\n", Set("hosts.dev.azure.com/fabrikam.profile", "home")},
		"new host":        {"erin@fabrikam.example\n", "erin@fabrikam.example\n- account: dora@contoso.example\n  host: dev.azure.com\n  organization: contoso\n", Set("hosts.dev.azure.com/contoso.account", "dora@contoso.example")},
		"gone host":       {"- host: git.example.com\n  scope: api://x/.default\n", "", Unset("hosts.git.example.com")},
		"authority":       {"'ca.pem'", "other.pem", Set("authorities.login.example.com.ca-file", "other.pem")},
		"new authority":   {"      ca-file: 'ca.pem'\n", "      ca-file: 'ca.pem'\n    - graph: https://g.example\n      host: 127.0.0.1:8443\n", Set("authorities.127.0.0.1:8443.graph", "https://g.example")},
		"gone authority":  {"authorities:\n    - host: login.example.com   # ours\n      ca-file: 'ca.pem'\n", "", Unset("authorities.login.example.com")},
		"same":            {"", "", Set("profile", "work")},
		"gone already":    {"", "", Unset("prompt")},
	} {
		for layout, lay := range map[string]func(string) string{
			"plain": func(s string) string { return s },
			"CRLF":  func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
			"BOM":   func(s string) string { return "\ufeff" + s },
			"start": func(s string) string { return "---\n" + s },
			"end":   func(s string) string { return s + "...\n# c\n" },
			"bare":  func(s string) string { return strings.TrimSuffix(s, "\n") },
		} {
			if !strings.Contains(byHand, test.old) {
				t.Fatalf("%s: %q is not there", name, test.old)
			}
			want := lay(strings.Replace(byHand, test.old, test.new, 1))
			got, err := Edit("config.yaml", []byte(lay(byHand)), test.change)
			if err != nil || string(got) != want {
				t.Errorf("%s, %s: %v\n%s\nwant\n%s", name, layout, err, got, want)
			}
		}
	}
}
