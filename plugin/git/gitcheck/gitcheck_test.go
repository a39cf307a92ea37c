package gitcheck

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
)

// want is what a test expects to be found: a level (of a failure: its class), and words of it.
type want struct {
	level  string
	what   string
	remedy string // "" if there has to be none
}

// has checks that want is found, once.
func has(t *testing.T, found []check.Finding, w want) {
	t.Helper()
	matches := 0
	for _, f := range found {
		level := string(f.Level)
		if f.Level == check.Failure {
			level = string(f.Class)
		}
		if strings.Contains(f.What, w.what) {
			matches++
			if level != w.level || !strings.Contains(f.Remedy, w.remedy) || w.remedy == "" && f.Remedy != "" {
				t.Errorf("got %q: %s (%s), want %q (%s)", level, f.What, f.Remedy, w.level, w.remedy)
			}
		}
	}
	if matches != 1 {
		t.Errorf("%q was found %d times in %+v", w.what, matches, found)
	}
}

// all checks that exactly these are found, in this order.
func all(t *testing.T, found []check.Finding, wants ...want) {
	t.Helper()
	if len(found) != len(wants) {
		t.Errorf("%d findings, not %d: %+v", len(found), len(wants), found)
	}
	for _, w := range wants {
		has(t, found, w)
	}
}

func TestCheckVersion(t *testing.T) {
	for out, test := range map[string]struct {
		want
		bearer bool
	}{
		"git version 2.55.0":                  {want{"ok", "takes bearer tokens", ""}, true},
		"git version 2.54.0-rc1":              {want{"ok", "takes bearer tokens", ""}, true},
		"git version 2.53.9":                  {want{"ok", "takes tokens as passwords, with the time", ""}, false},
		"git version 3.0":                     {want{"ok", "takes bearer tokens", ""}, true},
		"git version 2.45.1.windows.1":        {want{"ok", "and passes the server's challenge on", ""}, false},
		"git version 2.41.0":                  {want{"ok", "and passes the server's challenge on", ""}, false},
		"git version 2.40.1":                  {want{"ok", "with the time of their end; it does not pass", ""}, false},
		"git version 2.39.5 (Apple Git-154)":  {want{"ok", "takes tokens as passwords; it does not pass", ""}, false},
		"git version 2.30.2":                  {want{"ok", "takes tokens as passwords; it does not pass", ""}, false},
		"git version 2.29":                    {want{"warning", "older than all", "update git"}, false},
		"git version 1.9.1":                   {want{"warning", "older than all", "update git"}, false},
		"git version x.46":                    {want{"warning", "does not say its version", ""}, false},
		"git version 2":                       {want{"warning", "does not say its version", ""}, false},
		"hub version 2.46":                    {want{"warning", "does not say its version", ""}, false},
		"git version 99999999999999999999.46": {want{"warning", "does not say its version", ""}, false},
		"":                                    {want{"warning", "does not say its version", ""}, false},
	} {
		v, f := CheckVersion(out)
		all(t, []check.Finding{f}, test.want)
		if v.Bearer() != test.bearer {
			t.Errorf("%s: %v", out, v)
		}
	}
}

func TestParseRemotes(t *testing.T) {
	out := "origin\thttps://dev.azure.com/contoso/p/_git/r (fetch)\norigin\thttps://dev.azure.com/contoso/p/_git/r (push)\n" +
		"part\thttps://dev.azure.com/a b (fetch) [blob:none]\nnone\n"
	got := ParseRemotes(out)
	if len(got) != 3 || got[1] != (RemoteURL{"origin", "https://dev.azure.com/contoso/p/_git/r"}) || got[2] != (RemoteURL{"part", "https://dev.azure.com/a b"}) {
		t.Errorf("got %+v", got)
	}
}

func TestSSH(t *testing.T) {
	for text, want := range map[string]bool{
		"git@ssh.dev.azure.com:v3/contoso/p/r":             true,
		"ssh://git@ssh.dev.azure.com/v3/contoso/p/r":       true,
		"ssh://git@SSH.dev.azure.com:22/v3/contoso/p/r":    true,
		"contoso@vs-ssh.visualstudio.com:v3/contoso/p/r":   true,
		"git@github.com:contoso/r":                         false,
		"git@ssh.dev.azure.com.evil.example:v3/a/b/c":      false,
		"https://dev.azure.com/contoso/p/_git/r":           false,
		"https://x@dev.azure.com/ssh.dev.azure.com:v3/r":   false,
		"/home/alice/ssh.dev.azure.com":                    false,
		"../repository":                                    false,
		"https://alice@contoso.example@ssh.dev.azure.com/": false,
	} {
		if SSH(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

func TestParseURL(t *testing.T) {
	got, err := ParseURL("HTTPS://alice%40contoso.example:hunter2@Dev.Azure.com:443/Contoso/My%20Project/_git/r/")
	want := Target{Scheme: "https", Host: "dev.azure.com", Path: "Contoso/My%20Project/_git/r", User: "alice@contoso.example", Password: true}
	if err != nil || got != want {
		t.Errorf("got %+v: %v", got, err)
	}
	if got.URL() != "https://dev.azure.com/Contoso/My%20Project/_git/r" {
		t.Errorf("it is shown as %s", got.URL())
	}
	for _, text := range []string{"", "/home/alice/r", "git@ssh.dev.azure.com:v3/a/b/c", "dev.azure.com/contoso", "https://", "https://a:hunter2@b:x/%zz",
		"https://dev.azure.com/\u202e", "https://dev.azure.com/\x1b[2J"} {
		got, err := ParseURL(text)
		if err == nil {
			t.Errorf("%q is %+v", text, got)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}
