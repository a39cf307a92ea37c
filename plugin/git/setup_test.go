package git

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
)

const ourHelper = "/usr/local/bin/entralogin git-credential"

// section makes a section of the lines "VARIABLE VALUE".
func section(host string, lines ...string) Section {
	var all []Variable
	for _, line := range lines {
		name, value, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(name, "credential.") {
			name = "credential.https://" + host + "." + name
		}
		all = append(all, Variable{name, value})
	}
	return FindSection(host, all)
}

// spell writes calls in short: "-helper" removes it, "+helper X" adds X.
func spell(t *testing.T, host string, calls [][]string) string {
	t.Helper()
	var words []string
	for _, call := range calls {
		name, ok := strings.CutPrefix(call[1], "credential.https://"+host+".")
		switch {
		case ok && len(call) == 2 && call[0] == "--unset-all":
			words = append(words, "-"+name)
		case ok && len(call) == 3 && call[0] == "--add":
			words = append(words, "+"+name+" "+call[2])
		default:
			t.Errorf("a call %q", call)
		}
	}
	return strings.Join(words, "; ")
}

func TestSetup(t *testing.T) {
	const ours = "+helper ; +helper " + ourHelper
	const path = "; +useHttpPath true; +entralogin useHttpPath"
	for name, c := range map[string]struct {
		host      string
		have      []string
		overwrite bool
		want      string
		conflict  string
	}{
		"nothing there":           {have: nil, want: ours},
		"nothing of dev.azure":    {host: "dev.azure.com", want: ours + path},
		"twice":                   {have: []string{"helper ", "helper " + ourHelper}},
		"dev.azure.com twice":     {host: "dev.azure.com", have: []string{"helper ", "helper " + ourHelper, "usehttppath true", "entralogin useHttpPath"}},
		"somebody's path":         {host: "dev.azure.com", have: []string{"usehttppath true"}, want: ours},
		"the path is gone":        {host: "dev.azure.com", have: []string{"helper ", "helper " + ourHelper, "entralogin useHttpPath"}, want: "+useHttpPath true"},
		"at a new place":          {have: []string{"helper ", "helper /old/entralogin git-credential"}, want: "-helper; " + ours},
		"without reset":           {have: []string{"helper " + ourHelper}, want: "-helper; " + ours},
		"by name":                 {have: []string{"helper entralogin"}, want: "-helper; " + ours},
		"a reset":                 {have: []string{"helper "}, want: ours},
		"behind a reset, twice":   {have: []string{"helper ", "helper ", "helper " + ourHelper}},
		"behind a reset, moved":   {have: []string{"helper ", "helper ", "helper /old/entralogin git-credential"}, want: "-helper; +helper ; " + ours},
		"another":                 {have: []string{"helper manager"}, conflict: "manager"},
		"another as well":         {have: []string{"helper ", "helper " + ourHelper, "helper store"}, conflict: "store"},
		"overwritten":             {have: []string{"helper manager"}, overwrite: true, want: "-helper; " + ours},
		"path forbidden":          {host: "dev.azure.com", have: []string{"usehttppath false"}, conflict: "false"},
		"path overwritten":        {host: "dev.azure.com", have: []string{"usehttppath false"}, overwrite: true, want: ours + "; -useHttpPath" + path},
		"another host's path":     {have: []string{"usehttppath false"}, want: ours},
		"overheard":               {have: []string{"helper ", "helper " + ourHelper, "credential.helper store"}, want: "-helper; " + ours},
		"overheard, nothing ours": {have: []string{"credential.helper store"}, want: ours},
		"overheard, with the path": {host: "dev.azure.com", have: []string{"usehttppath true", "helper ", "helper " + ourHelper, "credential.helper store"},
			want: "-helper; " + ours + "; -useHttpPath; +useHttpPath true"},
	} {
		t.Run(name, func(t *testing.T) {
			host := cmp.Or(c.host, "git.example.com")
			got, err := section(host, c.have...).Setup(ourHelper, c.overwrite)
			var conflict *ConflictError
			if errors.As(err, &conflict) != (c.conflict != "") || conflict != nil && conflict.Value != c.conflict {
				t.Errorf("error %v", err)
			}
			if got := spell(t, host, got); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOverheard(t *testing.T) {
	const reset, ours, store = "helper ", "helper " + ourHelper, "credential.helper store"
	for name, c := range map[string]struct {
		lines []string
		want  bool
	}{
		"alone":            {[]string{reset, ours}, false},
		"in front":         {[]string{store, reset, ours}, false},
		"behind":           {[]string{reset, ours, store}, true},
		"both":             {[]string{store, reset, ours, store}, true},
		"a reset":          {[]string{reset, ours, "credential.helper "}, false},
		"ours for all":     {[]string{reset, ours, "credential.helper " + ourHelper}, false},
		"another's host":   {[]string{reset, ours, "credential.https://github.com.helper store"}, false},
		"a wider host":     {[]string{reset, ours, "credential.https://*.azure.com.helper store"}, true},
		"another variable": {[]string{reset, ours, "credential.https://*.azure.com.username store"}, false},
	} {
		if got := section("dev.azure.com", c.lines...).heard; got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !section("*.visualstudio.com", reset, ours, store).heard {
		t.Error("a wildcard is not overheard")
	}
}

func TestUnset(t *testing.T) {
	for name, c := range map[string]struct {
		have []string
		want string
	}{
		"nothing there":         {},
		"ours":                  {[]string{"helper ", "helper " + ourHelper}, "-helper"},
		"at an old place":       {[]string{"helper ", "helper !'/a b/entralogin' git-credential"}, "-helper"},
		"another's":             {[]string{"helper manager"}, ""},
		"a reset alone":         {[]string{"helper "}, ""},
		"a reset before ours":   {[]string{"helper ", "helper ", "helper " + ourHelper}, "-helper; +helper "},
		"a reset behind ours":   {[]string{"helper ", "helper " + ourHelper, "helper "}, "-helper; +helper "},
		"with another":          {[]string{"helper ", "helper " + ourHelper, "helper store"}, "-helper; +helper ; +helper store"},
		"our path":              {[]string{"helper ", "helper " + ourHelper, "usehttppath true", "entralogin useHttpPath"}, "-helper; -useHttpPath; -entralogin"},
		"somebody's path":       {[]string{"helper ", "helper " + ourHelper, "usehttppath true"}, "-helper"},
		"a path that changed":   {[]string{"usehttppath false", "entralogin useHttpPath"}, "-entralogin"},
		"somebody's path alone": {[]string{"usehttppath true"}, ""},
	} {
		if got := spell(t, "dev.azure.com", section("dev.azure.com", c.have...).Unset(ourHelper)); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	const renamed = "/opt/el git-credential"
	if got := spell(t, "dev.azure.com", section("dev.azure.com", "helper ", "helper "+renamed).Unset(renamed)); got != "-helper" {
		t.Errorf("a program of another name: %q", got)
	}
}

// What setup writes, unset takes back, whatever was there before.
func TestUnsetAfterSetup(t *testing.T) {
	for _, before := range [][]string{nil, {"helper "}, {"helper ", "helper "}, {"usehttppath true"}, {"helper ", "usehttppath true"}} {
		s := section("dev.azure.com", before...)
		calls, err := s.Setup(ourHelper, false)
		if err != nil {
			t.Fatal(err)
		}
		after := section("dev.azure.com", apply(before, calls)...)
		if again, err := after.Setup(ourHelper, false); err != nil || len(again) > 0 {
			t.Errorf("%q: a second setup makes %q (%v)", before, again, err)
		}
		if got := apply(apply(before, calls), after.Unset(ourHelper)); !slices.Equal(slices.Sorted(slices.Values(got)), before) {
			t.Errorf("%q: became %q", before, got)
		}
	}
}

// apply does to lines what git does with calls.
func apply(lines []string, calls [][]string) []string {
	lines = slices.Clone(lines)
	for _, call := range calls {
		name := strings.ToLower(strings.TrimPrefix(call[1], "credential.https://dev.azure.com.")) + " "
		if call[0] == "--unset-all" {
			lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, name) })
		} else {
			lines = append(lines, name+call[2])
		}
	}
	return lines
}

func TestSetupHosts(t *testing.T) {
	var all []Variable
	for _, line := range []string{"https://a.example.helper ", "https://a.example.helper " + ourHelper, "https://b.example.helper " + ourHelper,
		"https://*.visualstudio.com.helper ", "https://*.visualstudio.com.helper " + ourHelper, "https://c.example:8443.helper ", "https://c.example:8443.helper store",
		"helper ", "helper " + ourHelper, "https://a.example.helper " + ourHelper, "http://d.example.helper ", "http://d.example.helper " + ourHelper,
		"https://c.example.username entralogin"} {
		name, value, _ := strings.Cut(line, " ")
		all = append(all, Variable{"credential." + name, value})
	}
	if got := SetupHosts(all); !slices.Equal(got, []string{"a.example", "*.visualstudio.com"}) {
		t.Errorf("got %q", got)
	}
}

func TestParseVariables(t *testing.T) {
	got := ParseVariables([]string{"credential.helper\nstore", "credential.https://a.b.usehttppath", "credential.helper\n", "a.b\nx\ny"})
	want := []Variable{{"credential.helper", "store"}, {"credential.https://a.b.usehttppath", "true"}, {"credential.helper", ""}, {"a.b", "x\ny"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestIsOurs(t *testing.T) {
	for helper, want := range map[string]bool{
		ourHelper: true, "entralogin": true, "!entralogin git-credential": true, `C:\Tools\entralogin.exe git-credential`: true,
		"!'/opt/a b/entralogin' git-credential": true, "/usr/bin/git-credential-entralogin": true, "/h/.krew/bin/kubectl-entralogin git-credential": true,
		"": false, "manager": false, "store --file ~/entralogin": false, "!f() { echo entralogin; }; f": false, "cache": false,
	} {
		if got := isOurs(helper); got != want {
			t.Errorf("%q: %v", helper, got)
		}
	}
}

func TestHelperCommand(t *testing.T) {
	for path, want := range map[string]string{
		"/usr/local/bin/entralogin":       ourHelper,
		"/home/me/my tools/entralogin":    "!'/home/me/my tools/entralogin' git-credential",
		"/home/o'neill/entralogin":        `!'/home/o'\''neill/entralogin' git-credential`,
		"/home/$(id)/entralogin":          "!'/home/$(id)/entralogin' git-credential",
		`C:\Program Files\entralogin.exe`: "!'C:/Program Files/entralogin.exe' git-credential",
	} {
		if got := HelperCommand(path); got != want || !isOurs(got) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestApplies(t *testing.T) {
	for _, c := range []struct {
		pattern, host, path string
		want                bool
	}{
		{"https://dev.azure.com", "dev.azure.com", "contoso/x", true},
		{"https://dev.azure.com/", "dev.azure.com", "", true},
		{"https://me@dev.azure.com", "dev.azure.com", "contoso", true},
		{"https://dev.azure.com/contoso", "dev.azure.com", "contoso/x", true},
		{"https://dev.azure.com/contoso", "dev.azure.com", "contoso2/x", false},
		{"https://*.visualstudio.com", "contoso.visualstudio.com", "", true},
		{"https://*.visualstudio.com", "visualstudio.com", "", false},
		{"https://*.visualstudio.com", "a.b.visualstudio.com", "", false},
		{"http://dev.azure.com", "dev.azure.com", "", false},
		{"https://github.com", "dev.azure.com", "", false},
	} {
		if got := Applies(c.pattern, c.host, c.path); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
