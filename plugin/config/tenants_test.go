package config

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

const ofTenants = `tenant-id: contoso.example
client-id: 11111111-2222-3333-4444-555555555555
login: devicecode
profiles: {work: {login: broker, redirect-port: "8402"}}
tenants:
  Contoso.example: {login: browser, redirect-port: 8401}
  fabrikam.example: {redirect-port: 8403}
`

// What stands in tenants counts for the tenant that the call names, more than profile and file, and less than what is
// said of the call.
func TestTenants(t *testing.T) {
	f, err := Parse("config.yaml", []byte(ofTenants))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		flags map[string]string
		env   string
		want  SignIn
	}{
		"its own":   {map[string]string{TenantID: "CONTOSO.EXAMPLE"}, "", SignIn{Method: "browser", Named: true, Port: 8401}},
		"no name":   {nil, "", SignIn{Method: "browser", Named: true, Port: 8401}},
		"profile":   {map[string]string{Profile: "work"}, "", SignIn{Method: "browser", Named: true, Port: 8401}},
		"variable":  {nil, "auto", SignIn{Method: Auto, Port: 8401}},
		"flag":      {map[string]string{Login: "broker"}, "auto", SignIn{Method: "broker", Named: true, Port: 8401}},
		"another":   {map[string]string{TenantID: "fabrikam.example"}, "", SignIn{Method: "devicecode", Named: true, Port: 8403}},
		"a third":   {map[string]string{TenantID: "other.example"}, "", SignIn{Method: "devicecode", Named: true}},
		"its other": {map[string]string{TenantID: "fabrikam.example", Profile: "work"}, "", SignIn{Method: "broker", Named: true, Port: 8403}},
	} {
		source := Source{File: f, Getenv: func(name string) string {
			return map[string]string{"ENTRALOGIN_LOGIN": test.env, "HOME": "/home/alice"}[name]
		}}
		target, err := source.Resolve(Call{Flags: Flags(test.flags)})
		if err != nil || target.SignIn != test.want {
			t.Errorf("%s: %+v, %v", name, target.SignIn, err)
		}
	}
}

func TestTenantsRefused(t *testing.T) {
	for content, want := range map[string]string{
		"tenants: [a.example]":                                          "no list of names",
		"tenants: {}":                                                   "no list of names",
		"tenants: {a.example: {}}":                                      "without settings",
		"tenants: {a.example: x}":                                       "without settings",
		"tenants: {'no tenant': {login: auto}}":                         "neither a GUID nor a domain name",
		"tenants: {a.example: {account: a@b}}":                          `unknown setting in tenants: "account"`,
		"tenants: {a.example: {logn: browser}}":                         `did you mean "login"`,
		"tenants: {a.example: {login: 1}}":                              "no text",
		"profiles: {x: {tenants: {}}}":                                  "stand beside them",
		"tenants: {a.example: {login: auto}, A.example: {login: auto}}": "twice",
	} {
		_, err := Parse("config.yaml", []byte(content))
		if _, ok := err.(*text.FileError); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

// Settings of tenants are changed as others are, whatever letters the file has; what a call would refuse is refused.
func TestEditTenants(t *testing.T) {
	edited := []byte("# mine\n")
	for _, c := range []struct {
		change    Change
		want, bad string
	}{
		{Set("tenants.contoso.example.login", "browser"), "# mine\ntenants:\n  contoso.example:\n    login: browser\n", ""},
		{Set("tenants.CONTOSO.example.redirect-port", "8400"), "    login: browser\n    redirect-port: \"8400\"\n", ""},
		{Set("tenants.contoso.example.login", "paper"), "", "is none of auto"},
		{Set("tenants.contoso.example.redirect-port", "0"), "", "is no port"},
		{Set("tenants.contoso.example.account", "alice"), "", "names no setting"},
		{Unset("tenants.contoso.example.login"), "contoso.example:\n    redirect-port", ""},
		{Unset("tenants.Contoso.example"), "# mine\n", ""},
	} {
		next, err := Edit("config.yaml", edited, c.change)
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%+v: %v", c.change, err)
			}
			continue
		}
		if err != nil || !strings.Contains(string(next), c.want) {
			t.Fatalf("%+v: %v\n%s", c.change, err, next)
		}
		edited = next
		if f, err := Parse("config.yaml", edited); err != nil || len(f.Tenants) > 0 && len(f.Settings()) == 0 {
			t.Errorf("%+v: %v", c.change, err)
		}
	}
	if string(edited) != "# mine\n" {
		t.Errorf("left is %q", edited)
	}
}
