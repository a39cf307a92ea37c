package keyring

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

const (
	secret = "s3cr3t-Wert"
	index  = "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/"
)

func TestReadTakes(t *testing.T) {
	creds, object := Input{Service: index, Creds: true}, Input{Service: index, Creds: true, JSON: true}
	for line, want := range map[string]Input{
		"get " + index + " VssSessionToken":                               {Service: index, User: "VssSessionToken"},                // pip
		"get pkgs.dev.azure.com alice@x.example":                          {Service: "pkgs.dev.azure.com", User: "alice@x.example"}, // pip, afterwards
		"--mode=creds --output=json get " + index:                         object,                                                   // pip of late
		"--mode=creds --output=json get " + index + " u":                  {Service: index, User: "u", Creds: true, JSON: true},     // the same
		"get " + index + " --mode creds":                                  creds,                                                    // uv
		"--mode creds get " + index:                                       creds,                                                    // a person
		"get " + index:                                                    {Service: index},
		"--mode password get " + index + " u":                             {Service: index, User: "u"},
		"--mode creds --mode password get " + index:                       {Service: index},
		"--output json get " + index + " u":                               {Service: index, User: "u", JSON: true},
		"--output plain --mode creds get " + index:                        creds,
		"-b keyring.backends.null.Keyring -p /x get " + index + " u":      {Service: index, User: "u"},
		"-bkeyring.backends.null.Keyring get " + index + " u -p/x":        {Service: index, User: "u"},
		"--keyring-backend=x --keyring-path /x get --mode=creds " + index: creds,
		"get -- " + index + " u":                                          {Service: index, User: "u"},
		"get -- " + index + " -u":                                         {Service: index, User: "-u"},
		"get - -":                                                         {Service: "-", User: "-"},
	} {
		if got, ok := Read(strings.Fields(line)); !ok || got != want {
			t.Errorf("%s: %+v, %v", line, got, ok)
		}
	}
	if got, ok := Read([]string{"--mode", "creds", "get", index, ""}); !ok || got != creds { // pdm
		t.Errorf("%+v, %v", got, ok)
	}
	if got, ok := Read([]string{"get", "a service", "J\u00fcrgen Meier"}); !ok || got != (Input{Service: "a service", User: "J\u00fcrgen Meier"}) {
		t.Errorf("%+v, %v", got, ok)
	}
}

func TestReadLeavesAlone(t *testing.T) {
	for _, line := range []string{"", "set s u", "del s u", "diagnose", "--help", "-h", "--list-backends", "--disable", "--print-completion bash", "--mode creds", "get", "Get s u", "get s u x", "s u",
		"get s u --help", "get s u -h", "--mode", "--mode= get s u", "--mode all get s u", "--mode Creds get s u", "--output xml get s u", "--output", "get s u -b", "get s u --mode", "-m creds get s u",
		"--mod creds get s u", "--new get s u", "--new=x get s u", "-- --mode creds get s", "get s -- u x"} {
		if got, ok := Read(strings.Fields(line)); ok || got != (Input{}) {
			t.Errorf("%s: %+v, %v", line, got, ok)
		}
	}
	for _, args := range [][]string{{"get", "", "u"}, {"get", "s", "a\nb"}, {"get", "s", "\x1b[31m"}, {"get", "s", "\xff"}, {"get", "s", "a\u2028b"}} {
		if got, ok := Read(args); ok || got != (Input{}) {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

func TestAccount(t *testing.T) {
	for user, want := range map[string]string{"alice@contoso.example": "alice@contoso.example", "contoso": "contoso", "": "", User: "", "VssSessionToken": "", "build": "", "__token__": "__token__"} {
		if got := (Input{User: user}).Account(); got != want {
			t.Errorf("%s: %s", user, got)
		}
	}
}

func TestAnswer(t *testing.T) {
	for want, in := range map[string]Input{
		secret + "\n":                                              {User: "u"},
		"u\n" + secret + "\n":                                      {User: "u", Creds: true},
		"entralogin\n" + secret + "\n":                             {Creds: true},
		`{"password":"` + secret + "\"}\n":                         {User: "u", JSON: true},
		`{"username":"J\"<&>","password":"` + secret + "\"}\n":     {User: `J"<&>`, JSON: true, Creds: true},
		`{"username":"entralogin","password":"` + secret + "\"}\n": {JSON: true, Creds: true},
	} {
		var out rig.OneWrite
		if err := in.Answer(&out, cache.Token{Value: cache.NewSecret(secret)}); err != nil || out.String() != want {
			t.Errorf("%+v: %q, %v", in, out.String(), err)
		}
	}
	for name, value := range map[string]string{"none": "", "a newline": "a\nb", "a blank": "a b", "long": strings.Repeat("x", claims.MostPassedOn+1), "no ASCII": "\u00e4"} {
		var out rig.OneWrite
		if err := (Input{Creds: true}).Answer(&out, cache.Token{Value: cache.NewSecret(value)}); err == nil || out.Writes > 0 || value != "" && strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v, wrote %q", name, err, out.String())
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"get s u", "--mode=creds --output=json get s", "get s --mode creds", "-bx get -- s -u", "get s \xff", "get s a\rb"} {
		f.Add(strings.ReplaceAll(seed, " ", "\n"))
	}
	f.Fuzz(func(t *testing.T, lines string) {
		args := strings.Split(lines, "\n")
		in, ok := Read(args)
		if !ok {
			if in != (Input{}) {
				t.Errorf("%q: %+v", args, in)
			}
			return
		}
		if !slices.Contains(args, "get") || !slices.Contains(args, in.Service) {
			t.Errorf("%q: %+v", args, in)
		}
		var out rig.OneWrite
		if err := in.Answer(&out, cache.Token{Value: cache.NewSecret("t")}); err != nil {
			t.Fatal(err)
		}
		if in.JSON {
			var answer map[string]string
			if json.Unmarshal(out.Bytes(), &answer) != nil || answer["password"] != "t" || in.Creds != (answer["username"] != "") {
				t.Errorf("%q is answered %q", args, out.String())
			}
			return
		}
		if got := strings.Split(out.String(), "\n"); len(got) != 2 && !in.Creds || len(got) != 3 && in.Creds || got[len(got)-2] != "t" {
			t.Errorf("%q is answered %q", args, out.String())
		}
	})
}
