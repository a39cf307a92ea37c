package gitcheck

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/git"
)

// lines makes variables of "SCOPE KEY VALUE" as git prints them.
func lines(text ...string) []Variable {
	var fields []string
	for _, line := range text {
		scope, rest, _ := strings.Cut(line, " ")
		key, value, ok := strings.Cut(rest, " ")
		if ok {
			key += "\n" + value
		}
		fields = append(fields, scope, "file:/"+scope+"/config", key)
	}
	return ParseVariables(fields)
}

const (
	reset = "global credential.https://dev.azure.com.helper "
	ours  = "global credential.https://dev.azure.com.helper /opt/entralogin git-credential"
	path  = "global credential.https://dev.azure.com.usehttppath true"
)

func devAzure(t *testing.T) Target {
	t.Helper()
	target, err := ParseURL("https://contoso@dev.azure.com/contoso/p/_git/r")
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// Each fault of a chain is seeded once, and nothing else is found wrong.
func TestCheckChain(t *testing.T) {
	for name, test := range map[string]struct {
		config []string
		wants  []want
	}{
		"as set up": {[]string{reset, ours, path}, []want{{"ok", "asks entralogin alone (global, /global/config)", ""}, {"ok", "useHttpPath is set", ""}}},
		"none":      {nil, []want{{"configuration", "git runs no helper for https://dev.azure.com/contoso", "git setup"}}},
		"taken back later": {[]string{reset, ours, path, "local credential.helper "},
			[]want{{"configuration", "git runs no helper", "git setup"}}},
		"another alone": {[]string{"system credential.helper osxkeychain", path}, []want{{"configuration", "entralogin is none of the helpers", "git setup"},
			{"warning", "git asks the helper osxkeychain (system, /system/config)", ""}, {"ok", "useHttpPath", ""}}},
		"store before, and reset": {[]string{"global credential.helper store", reset, ours, path},
			[]want{{"ok", "asks entralogin alone", ""}, {"ok", "useHttpPath", ""}}},
		"store before": {[]string{"global credential.helper store", ours, path}, []want{{"ok", "asks entralogin (global, /global/config), and 2 in all", ""},
			{"configuration", "the helper store (global, /global/config) is asked before entralogin", "entralogin git setup"}, {"ok", "useHttpPath", ""}}},
		"store behind": {[]string{reset, ours, path, "global credential.helper store --file=/hunter2"}, []want{{"ok", "2 in all", ""},
			{"configuration", "the helper store (global, /global/config) is asked after entralogin", "entralogin git unset && entralogin git setup"}, {"ok", "useHttpPath", ""}}},
		"store of the repository": {[]string{reset, ours, path, "local credential.helper store"}, []want{{"ok", "2 in all", ""},
			{"configuration", "the helper store (local, /local/config) is asked after", "git setup --local"}, {"ok", "useHttpPath", ""}}},
		"cache behind": {[]string{reset, ours, path, "command credential.helper cache --timeout=9"}, []want{{"ok", "2 in all", ""},
			{"warning", "the helper cache (command, /command/config), too, after entralogin", "GIT_CONFIG_COUNT"}, {"ok", "useHttpPath", ""}}},
		"manager before": {[]string{"system credential.helper manager", ours, path}, []want{{"ok", "2 in all", ""},
			{"configuration", "Git Credential Manager (system, /system/config) is asked before", "git setup"}, {"ok", "useHttpPath", ""}}},
		"a snippet with a password": {[]string{"global credential.helper !f() { echo password=hunter2; }; f", ours, path}, []want{{"ok", "2 in all", ""},
			{"warning", "the helper that is a shell command (global", "git setup"}, {"ok", "useHttpPath", ""}}},
		"no path":       {[]string{reset, ours}, []want{{"ok", "alone", ""}, {"ok", "the user name says which organization", ""}}},
		"path is false": {[]string{reset, ours, path, "local credential.usehttppath off"}, []want{{"ok", "alone", ""}, {"ok", "the user name says", ""}}},
		"path is bare":  {[]string{reset, ours, "global credential.usehttppath"}, []want{{"ok", "alone", ""}, {"ok", "useHttpPath is set", ""}}},
		"path is 1":     {[]string{reset, ours, "global credential.usehttppath 1"}, []want{{"ok", "alone", ""}, {"ok", "useHttpPath is set", ""}}},
		"other host":    {[]string{"global credential.https://github.com.helper store", reset, ours, path, "global credential.https://evil.dev.azure.com.helper store"}, []want{{"ok", "alone", ""}, {"ok", "useHttpPath", ""}}},
		"other user":    {[]string{reset, ours, path, "global credential.https://bob@dev.azure.com.helper store"}, []want{{"ok", "alone", ""}, {"ok", "useHttpPath", ""}}},
		"this user":     {[]string{reset, ours, path, "global credential.https://contoso@dev.azure.com.helper store"}, []want{{"ok", "2 in all", ""}, {"configuration", "helper store", "unset"}, {"ok", "useHttpPath", ""}}},
		"this path":     {[]string{reset, ours, path, "global credential.https://dev.azure.com/contoso.helper store"}, []want{{"ok", "2 in all", ""}, {"configuration", "helper store", "unset"}, {"ok", "useHttpPath", ""}}},
		"other path":    {[]string{reset, ours, path, "global credential.https://dev.azure.com/fabrikam.helper store"}, []want{{"ok", "alone", ""}, {"ok", "useHttpPath", ""}}},
		"host alone":    {[]string{reset, ours, path, "global credential.dev.azure.com.helper store"}, []want{{"ok", "2 in all", ""}, {"configuration", "helper store", "unset"}, {"ok", "useHttpPath", ""}}},
		"wildcard": {[]string{"global credential.https://*.azure.com.helper ", "global credential.https://*.azure.com.helper entralogin", path},
			[]want{{"ok", "alone", ""}, {"warning", "cargo, and what else uses libgit2, runs no helper for dev.azure.com", "entralogin git setup --host dev.azure.com"}, {"ok", "useHttpPath", ""}}},
		"by another URL": {[]string{reset, ours, path, "global credential.http://dev.azure.com.helper store"}, []want{{"ok", "alone", ""}, {"ok", "useHttpPath", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			own, found := EffectiveChain(lines(test.config...), devAzure(t)).Check(devAzure(t), false)
			all(t, found, test.wants...)
			if isOurs := strings.Contains(found[0].What, "asks entralogin"); isOurs != (own != nil) {
				t.Errorf("the helper is %+v", own)
			}
			for _, f := range found {
				if strings.Contains(f.What+f.Remedy, "hunter2") {
					t.Errorf("a secret in %+v", f)
				}
			}
		})
	}
	// Without the organization as its user a URL needs the path, and so it does with another's.
	for user, configured := range map[string]string{"": "", "fabrikam": "", "alice@contoso.example": "contoso"} {
		target := devAzure(t)
		target.User = user
		chain := EffectiveChain(lines(reset, ours, "global credential.username "+configured), target)
		_, found := chain.Check(target, false)
		has(t, found, want{"configuration", "useHttpPath is not set for dev.azure.com", "git setup"})
		_, found = chain.Check(target, true)
		has(t, found, want{"warning", "the config's tenant counts for all", "git setup"})
	}
	target := devAzure(t)
	target.User = ""
	_, found := EffectiveChain(lines(reset, ours, "global credential.username contoso"), target).Check(target, false)
	has(t, found, want{"ok", "the user name says", ""})
	if c := EffectiveChain(lines("global credential.username alice@contoso.example", "local credential.https://github.com.username bob"), devAzure(t)); c.Username != "alice@contoso.example" {
		t.Errorf("the user name is %q", c.Username)
	}
}

func TestPathIsForDevAzureAlone(t *testing.T) {
	target, err := ParseURL("https://contoso.visualstudio.com/p/_git/r")
	if err != nil {
		t.Fatal(err)
	}
	_, found := EffectiveChain(lines("global credential.helper ", "global credential.helper entralogin"), target).Check(target, false)
	all(t, found, want{"ok", "asks entralogin alone", ""})
}

// cargo asks the helpers of a host's own section and of all hosts, and passes over all others.
func TestGap(t *testing.T) {
	const wildcard, exact = "global credential.https://*.visualstudio.com.helper entralogin", "global credential.https://contoso.visualstudio.com.helper "
	const remedy = "entralogin git setup --host contoso.visualstudio.com"
	for name, test := range map[string]struct {
		url    string
		config []string
		remedy string // "" is no gap
	}{
		"wildcard":           {"https://contoso.visualstudio.com/p/_git/r", []string{wildcard}, remedy},
		"exact":              {"https://contoso.visualstudio.com/p/_git/r", []string{wildcard, exact + "entralogin"}, ""},
		"exact first":        {"https://contoso.visualstudio.com/p/_git/r", []string{exact + "entralogin", wildcard}, ""},
		"exact, but another": {"https://contoso.visualstudio.com/p/_git/r", []string{exact + "manager", wildcard}, remedy},
		"for all hosts":      {"https://contoso.visualstudio.com/p/_git/r", []string{"global credential.helper entralogin"}, ""},
		"with a slash":       {"https://git.example.com/r", []string{"global credential.https://git.example.com/.helper entralogin"}, "entralogin git setup --host git.example.com"},
		"with a port":        {"https://git.example.com:8443/r", []string{"global credential.https://git.example.com:8443.helper entralogin"}, "net.git-fetch-with-cli"},
	} {
		target, err := ParseURL(test.url)
		if err != nil {
			t.Fatal(err)
		}
		_, found := EffectiveChain(lines(test.config...), target).Check(target, true)
		gaps := slices.DeleteFunc(found, func(f check.Finding) bool { return !strings.Contains(f.What, "cargo") })
		if test.remedy == "" && len(gaps) > 0 || test.remedy != "" && (len(gaps) != 1 || !strings.Contains(gaps[0].Remedy, test.remedy)) {
			t.Errorf("%s: got %+v", name, gaps)
		}
	}
}

func TestParseProgram(t *testing.T) {
	for helper, test := range map[string]struct {
		ours bool
		file string
		args []string
	}{
		"entralogin":                                        {true, "git-credential-entralogin", nil},
		"entralogin --account a@b":                          {true, "git-credential-entralogin", []string{"--account", "a@b"}},
		"/opt/entralogin git-credential":                    {true, "/opt/entralogin", nil},
		"/h/.krew/bin/kubectl-entralogin git-credential":    {true, "/h/.krew/bin/kubectl-entralogin", nil},
		"/opt/git-credential-entralogin":                    {true, "/opt/git-credential-entralogin", nil},
		"!entralogin git-credential":                        {true, "entralogin", nil},
		"!entralogin -v git-credential":                     {true, "entralogin", []string{"-v"}},
		"!'/my dir/entralogin.exe' git-credential":          {true, "/my dir/entralogin.exe", nil},
		`!"C:/Program Files/ENTRALOGIN.EXE" git-credential`: {true, "C:/Program Files/ENTRALOGIN.EXE", nil},
		git.HelperCommand("/it's here/entralogin"):          {true, "/it's here/entralogin", nil},
		git.HelperCommand("/opt/entralogin"):                {true, "/opt/entralogin", nil},
		"!entralogin login":                                 {false, "entralogin", []string{"login"}},
		"/opt/entralogin":                                   {false, "/opt/entralogin", nil},
		"!echo entralogin":                                  {false, "echo", []string{"entralogin"}},
		"manager":                                           {false, "git-credential-manager", nil},
		"entralogin-git":                                    {false, "git-credential-entralogin-git", nil},
		"! ":                                                {false, "", nil},
	} {
		p, ours := ParseProgram(helper)
		if ours != test.ours || p.File != test.file || !slices.Equal(p.Args, test.args) {
			t.Errorf("%s: %+v, %v", helper, p, ours)
		}
	}
}

func TestCheckProgram(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, mode os.FileMode) string {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(name), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	self := file("entralogin", 0o755)
	link := filepath.Join(dir, asHelper)
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	m := check.Machine{System: "linux", Self: self}
	for command, w := range map[string]want{
		self:                       {"ok", "this very program", ""},
		link:                       {"ok", "this very program", ""},
		asHelper:                   {"ok", asHelper + " (" + link + ") is this very program", ""},
		"git-credential-nowhere":   {"configuration", "is not on the PATH", "absolute path"},
		filepath.Join(dir, "gone"): {"configuration", "git can't run", "git setup"},
		file("plain", 0o644):       {"configuration", "git can't run", "git setup"},
		file("other", 0o755):       {"warning", "another file than this program", "git setup"},
	} {
		has(t, []check.Finding{CheckProgram(m, dir, Program{File: command})}, w)
	}
}

func TestCheckNetwork(t *testing.T) {
	for name, test := range map[string]struct {
		git     string
		env     map[string]string
		windows bool
		wants   []want
	}{
		"nothing":             {"", nil, false, nil},
		"certificates":        {"http.sslcainfo\n/ca.pem", nil, false, []want{{"warning", "certificates of its own", "SSL_CERT_FILE"}}},
		"certificates, known": {"http.sslcainfo\n/ca.pem", map[string]string{"SSL_CERT_FILE": "/ca.pem"}, false, nil},
		"git for Windows":     {"http.sslcainfo\nC:/ca-bundle.crt", nil, true, nil},
		"by a variable":       {"", map[string]string{"GIT_SSL_CAINFO": "/ca.pem"}, false, []want{{"warning", "certificates of its own", "SSL_CERT_FILE"}}},
		"proxy":               {"http.proxy\nhttp://alice:hunter2@proxy.example", nil, false, nil}, // CheckWays says what it does
		"not verified":        {"http.sslverify\nfalse", nil, false, []want{{"warning", "does not verify", "sslCAInfo"}}},
		"verified":            {"http.sslverify\ntrue", nil, false, nil},
		"variable":            {"", map[string]string{"GIT_SSL_NO_VERIFY": "1"}, false, []want{{"warning", "does not verify", "sslCAInfo"}}},
		"header":              {"http.extraheader\nAUTHORIZATION: bearer hunter2", nil, false, []want{{"warning", "Authorization header", `--show-origin --get-regexp '^http\..*extraheader$' `}}},
		"other header":        {"http.extraheader\nX-Hunter2: hunter2", nil, false, nil},
	} {
		found := CheckNetwork(ParseMatched(strings.Split(test.git, "\x00")), func(name string) string { return test.env[name] }, test.windows)
		t.Run(name, func(t *testing.T) { all(t, found, test.wants...) })
		for _, f := range found {
			if strings.Contains(f.What+f.Remedy, "hunter2") {
				t.Errorf("a secret in %+v", f)
			}
		}
	}
}
