package config

import (
	"reflect"
	"slices"
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

const (
	refusedByReader = "the reader"
	risky           = "without a risk"
)

// Layouts that a person, an editor or another program may have: right, or refused.
func TestEditLayouts(t *testing.T) {
	tenant, profile := Set("tenant-id", "new.example"), Set("profiles.work.account", "new@x.example")
	for name, test := range map[string]struct {
		old    string
		change Change
		want   string // or why it is refused
	}{
		"empty":            {"", tenant, "tenant-id: new.example\n"},
		"blank":            {" \n\n", tenant, " \n\ntenant-id: new.example\n"},
		"comments":         {"# a\n\n# b", tenant, "# a\n\n# b\ntenant-id: new.example"},
		"null":             {"null\n", tenant, "is JSON"},
		"empty map":        {"{}\n", tenant, "tenant-id: new.example\n"},
		"only a mark":      {"---\n", tenant, "tenant-id: new.example\n---\n"},
		"no end":           {"qr: true", tenant, "qr: true\ntenant-id: new.example"},
		"quoted key":       {"\"tenant-id\": 'old.example'\n", tenant, "\"tenant-id\": new.example\n"},
		"quoted key 2":     {"'tenant-id' : old.example\n", tenant, "'tenant-id' : new.example\n"},
		"tab":              {"tenant-id:\told.example\t# c\n", tenant, "tenant-id:\tnew.example\t# c\n"},
		"tab before":       {"profiles:\n\twork:\n\t\tqr: true\n", profile, refusedByReader},
		"folded":           {"tenant-id: >-\n  old.\n\n# a\nqr: true\n", Set("tenant-id", "new.example"), "tenant-id: new.example\n\n# a\nqr: true\n"},
		"literal":          {"account: |-\n  # alice\nqr: true\n", Set("account", "a@b.example"), "account: a@b.example\nqr: true\n"},
		"two lines":        {"account: \"alice\\\n  @x.example\"\nqr: true\n", Set("account", "a@b.example"), "account: a@b.example\nqr: true\n"},
		"looks alike":      {"account: |-\n  tenant-id: a.example\n", tenant, "account: |-\n  tenant-id: a.example\ntenant-id: new.example\n"},
		"in quotes":        {"account: 'a\n\n  tenant-id: b'\nqr: true\n", tenant, "account: 'a\n\n  tenant-id: b'\nqr: true\ntenant-id: new.example\n"},
		"twice":            {"tenant-id: a.example\ntenant-id: b.example\n", tenant, refusedByReader},
		"unknown":          {"tenat-id: a.example\n", tenant, refusedByReader},
		"no yaml":          {"tenant-id: [\n", tenant, refusedByReader},
		"second document":  {"qr: true\n---\ntenant-id: a.example\n", tenant, "goes on behind the end"},
		"ended":            {"qr: true\n...\n", tenant, "qr: true\ntenant-id: new.example\n...\n"},
		"flow":             {"{qr: true}\n", tenant, risky},
		"flow of profiles": {"profiles: {work: {qr: true}} # c\nqr: true\n", profile, "profiles: # c\n  work:\n    account: new@x.example\n    qr: true\nqr: true\n"},
		"flow of one":      {"profiles:\n  # c\n  work: {qr: true}\nqr: true\n", profile, "profiles:\n  # c\n  work:\n    account: new@x.example\n    qr: true\nqr: true\n"},
		"flow, lines":      {"profiles: {\n  work: {qr: true},\n}\nqr: true\n", profile, "profiles:\n  work:\n    account: new@x.example\n    qr: true\nqr: true\n"},
		"flow, comment":    {"profiles: {\n  work: {qr: true}, # mine\n}\n", profile, risky},
		"list in flow":     {"allow-env: [A=b] # c\n", Set("allow-env", "C=d", "E=f"), "allow-env: # c\n- C=d\n- E=f\n"},
		"list":             {"allow-env:\n  - A=b\n  - C=d\n\nqr: true\n", Set("allow-env", "C=d"), "allow-env:\n- C=d\n\nqr: true\n"},
		"list gone":        {"allow-env:\n- A=b\n- C=d\nqr: true\n", Unset("allow-env"), "qr: true\n"},
		"text to list":     {"scope: https://a.example/b\n", Set("scope", "https://a.example/c", "https://a.example/d"), "scope:\n- https://a.example/c\n- https://a.example/d\n"},
		"list to text":     {"scope:\n- https://a.example/b # why\nqr: true\n", Set("scope", "https://a.example/c"), "scope: https://a.example/c\nqr: true\n"},
		"anchor":           {"tenant-id: &t a.example\nprofiles:\n  work:\n    tenant-id: *t\n", tenant, risky},
		"alias":            {"tenant-id: &t a.example\nprofiles:\n  work:\n    tenant-id: *t # c\n", Set("profiles.work.tenant-id", "b.example"), "tenant-id: &t a.example\nprofiles:\n  work:\n    tenant-id: b.example # c\n"},
		"alias of all":     {"profiles:\n  a: &a\n    qr: true\n  work: *a\n", profile, "profiles:\n  a: &a\n    qr: true\n  work:\n    account: new@x.example\n    qr: true\n"},
		"into an anchor":   {"profiles:\n  work: &a\n    qr: true\n  b: *a\n", profile, risky},
		"merged":           {"profiles:\n  a: &a\n    qr: true\n  work:\n    <<: *a\n", profile, "profiles:\n  a: &a\n    qr: true\n  work:\n    <<: *a\n    account: new@x.example\n"},
		"tag":              {"tenant-id: !!str a.example # c\n", tenant, "tenant-id: new.example # c\n"},
		"complex key":      {"? tenant-id\n: a.example\n", tenant, risky},
		"dash alone":       {"authorities:\n-\n  host: a.example\n", Set("authorities.a.example.ca-file", "c"), "authorities:\n-\n  host: a.example\n  ca-file: c\n"},
		"dash first":       {"hosts:\n- account: a@b.example # c\n  host: dev.azure.com\n", Unset("hosts.dev.azure.com.account"), "hosts:\n- host: dev.azure.com\n"},
		"dash, comment":    {"hosts:\n- account: a@b.example\n  # c\n  host: dev.azure.com\n", Unset("hosts.dev.azure.com.account"), risky},
		"sign in value":    {"tenant-id: a.example\n", Set("account", "a#b: c"), "refused: is no user name"},
		"needs quotes":     {"tenant-id: a.example\n", Set("account", "true"), "tenant-id: a.example\naccount: \"true\"\n"},
		"number":           {"client-id: 00000000-0000-0000-0000-000000000000\n", Set("cache-dir", "/1e3"), "client-id: 00000000-0000-0000-0000-000000000000\ncache-dir: /1e3\n"},
		"port":             {"authorities:\n- host: https://A.example:443/\n  graph: https://g.example\n", Set("authorities.a.example.graph", "https://h.example"), "authorities:\n- host: https://A.example:443/\n  graph: https://h.example\n"},
		"last of all":      {"qr: true # c\n", Unset("qr"), ""},
		"other's fault":    {"client-id: nothing\n", tenant, "client-id: nothing\ntenant-id: new.example\n"},
		"new fault":        {"client-id: nothing\n", Set("qr", "perhaps"), "neither true nor false"},
		"JSON":             {"{\"qr\": true}\n", tenant, "is JSON"},
	} {
		got, err := Edit("config.yaml", []byte(test.old), test.change)
		switch {
		case err == nil && string(got) != test.want:
			t.Errorf("%s:\n%s\nwant\n%s", name, got, test.want)
		case err != nil && test.want == refusedByReader:
			if _, why := Parse("config.yaml", []byte(test.old)); why == nil || why.Error() != err.Error() {
				t.Errorf("%s: %v, not %v", name, err, why)
			}
		case err != nil && !strings.Contains(err.Error(), strings.TrimPrefix(test.want, "refused: ")):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Several changes are judged together: a host is none without its scope.
func TestEditTogether(t *testing.T) {
	registry, err := Edit("config.yaml", nil, Set("registries.R.azurecr.io.tenant-id", "a.example"), Set("registries.r.azurecr.io.account", "a@b.example"))
	if want := "registries:\n- host: R.azurecr.io\n  tenant-id: a.example\n  account: a@b.example\n"; err != nil || string(registry) != want {
		t.Errorf("%q, %v", registry, err)
	}
	if f, err := Parse("config.yaml", registry); err != nil || len(f.Registries) != 1 || f.Registries[0] != (Registry{Host: "r.azurecr.io", TenantID: "a.example", Account: "a@b.example"}) ||
		!slices.Contains(f.Keys(), "registries.r.azurecr.io.profile") || len(f.Settings()) != 2 {
		t.Errorf("%+v, %v", f, err)
	}
	got, err := Edit("config.yaml", nil, Set("hosts.git.example.com.tenant-id", "a.example"), Set("hosts.git.example.com.scope", "api://x/.default"), Set("profile", "a"), Set("profiles.a.qr", "true"), Unset("prompt"))
	want := "hosts:\n- host: git.example.com\n  tenant-id: a.example\n  scope: api://x/.default\nprofile: a\nprofiles:\n  a:\n    qr: true\n"
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// FuzzEdit: whatever the layout is, the file says what was set, and all else as before; what is taken out again leaves
// no trace in what the file means.
func FuzzEdit(f *testing.F) {
	for _, text := range []string{byHand, "{}", "a: &a\n", "profiles: {work: {qr: true}}\n", "hosts:\n- host: dev.azure.com\n", "allow-env: [A=b]\n...\n", "\ufeffqr: true\r\n", "account: |\n  a\n"} {
		for _, key := range []string{"tenant-id", "profiles.work.tenant-id", "hosts.dev.azure.com/fabrikam.tenant-id", "authorities.login.example.com.graph", "subscriptions"} {
			f.Add(text, key, "https://contoso.example")
			f.Add(text, key, "contoso.example")
			f.Add(text, key, idA+" "+inT+" a name")
		}
	}
	f.Fuzz(func(t *testing.T, old, key, value string) {
		k, err := ParseKey(key)
		before, unread := Parse("", withoutMark([]byte(old)))
		edited, refused := Edit("", []byte(old), Set(key, value))
		if refused != nil || err != nil || unread != nil {
			return
		}
		after, err := Parse("", withoutMark(edited))
		if err != nil {
			t.Fatal(err)
		}
		now := after.Below(k)
		if len(now) != 1 || len(now[0].Values) != 1 || now[0].Values[0] != value && k.Section != "authorities" && k.Field != "allow-env" && k.Field != "subscriptions" {
			t.Errorf("%q: %v", edited, now)
		}
		others := func(f *File) []Setting {
			return slices.DeleteFunc(f.Settings(), func(s Setting) bool {
				other, err := ParseKey(s.Key)
				return err == nil && other.Section == k.Section && entry(other.Entry) == entry(k.Entry) && (other.Field == k.Field || other.Field == "")
			})
		}
		if was, is := others(before), others(after); len(was)+len(is) > 0 && !reflect.DeepEqual(was, is) {
			t.Errorf("%q: %v, not %v", edited, others(after), others(before))
		}
	})
}
