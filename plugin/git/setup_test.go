package git

import (
	"errors"
	"slices"
	"testing"
)

const ourHelper = "/usr/local/bin/entralogin git-credential"

func TestSetup(t *testing.T) {
	helper := SetupSettings("dev.azure.com", ourHelper)[0]
	path := SetupSettings("dev.azure.com", ourHelper)[1]
	for name, c := range map[string]struct {
		setting   Setting
		have      []string
		overwrite bool
		want      [][]string
		conflict  string
	}{
		"nothing there": {setting: helper, want: [][]string{
			{"--add", "credential.https://dev.azure.com.helper", ""},
			{"--add", "credential.https://dev.azure.com.helper", ourHelper}}},
		"twice":           {setting: helper, have: []string{"", ourHelper}},
		"path twice":      {setting: path, have: []string{"true"}},
		"at a new place":  {setting: helper, have: []string{"", "/old/entralogin git-credential"}, want: replaced(helper)},
		"without reset":   {setting: helper, have: []string{ourHelper}, want: replaced(helper)},
		"by name":         {setting: helper, have: []string{"entralogin"}, want: replaced(helper)},
		"another":         {setting: helper, have: []string{"manager"}, conflict: "manager"},
		"another as well": {setting: helper, have: []string{"", ourHelper, "store"}, conflict: "store"},
		"overwritten":     {setting: helper, have: []string{"manager"}, overwrite: true, want: replaced(helper)},
		"path forbidden":  {setting: path, have: []string{"false"}, conflict: "false"},
	} {
		got, err := c.setting.Setup(c.have, c.overwrite)
		var conflict *ConflictError
		if errors.As(err, &conflict) != (c.conflict != "") || conflict != nil && conflict.Value != c.conflict {
			t.Errorf("%s: error %v", name, err)
		}
		if !slices.EqualFunc(got, c.want, slices.Equal[[]string]) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func replaced(s Setting) [][]string {
	calls := [][]string{{"--unset-all", s.Key}}
	for _, value := range s.Values {
		calls = append(calls, []string{"--add", s.Key, value})
	}
	return calls
}

func TestOverheard(t *testing.T) {
	ours := Setting{"credential.https://dev.azure.com.helper", []string{"", ourHelper}}
	store := Setting{"credential.helper", []string{"store"}}
	for name, c := range map[string]struct {
		helpers []Setting
		want    bool
	}{
		"alone":          {[]Setting{ours}, false},
		"in front":       {[]Setting{store, ours}, false},
		"behind":         {[]Setting{ours, store}, true},
		"both":           {[]Setting{store, ours, store}, true},
		"a reset":        {[]Setting{ours, {"credential.helper", []string{""}}}, false},
		"ours for all":   {[]Setting{ours, {"credential.helper", []string{ourHelper}}}, false},
		"another's host": {[]Setting{ours, {"credential.https://github.com.helper", []string{"store"}}}, false},
		"a wider host":   {[]Setting{ours, {"credential.https://*.azure.com.helper", []string{"store"}}}, true},
	} {
		if got := Overheard("dev.azure.com", c.helpers); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !Overheard("*.visualstudio.com", []Setting{{"credential.https://*.visualstudio.com.helper", []string{"", ourHelper}}, store}) {
		t.Error("a wildcard is not overheard")
	}
}

func TestUnset(t *testing.T) {
	helper := SetupSettings("git.example.com", ourHelper)[0]
	key := helper.Key
	for name, c := range map[string]struct {
		have []string
		want [][]string
	}{
		"nothing there":   {},
		"ours":            {[]string{"", ourHelper}, [][]string{{"--unset-all", key}}},
		"at an old place": {[]string{"", "!'/a b/entralogin' git-credential"}, [][]string{{"--unset-all", key}}},
		"another's":       {[]string{"manager"}, nil},
		"a reset alone":   {[]string{""}, nil},
		"with another":    {[]string{"", ourHelper, "store"}, [][]string{{"--unset-all", key}, {"--add", key, ""}, {"--add", key, "store"}}},
	} {
		if got := helper.Unset(c.have); !slices.EqualFunc(got, c.want, slices.Equal[[]string]) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	renamed := Setting{key, []string{"", "/opt/el git-credential"}}
	if got := renamed.Unset(renamed.Values); !slices.EqualFunc(got, [][]string{{"--unset-all", key}}, slices.Equal[[]string]) {
		t.Errorf("a program of another name: %q", got)
	}
	path := SetupSettings("dev.azure.com", ourHelper)[1]
	if got := path.Unset([]string{"true"}); !slices.EqualFunc(got, [][]string{{"--unset-all", path.Key}}, slices.Equal[[]string]) {
		t.Errorf("useHttpPath: %q", got)
	}
	if got := path.Unset([]string{"false"}); got != nil {
		t.Errorf("somebody else's useHttpPath: %q", got)
	}
}

func TestIsOurs(t *testing.T) {
	for helper, want := range map[string]bool{
		ourHelper: true, "entralogin": true, "!entralogin git-credential": true, `C:\Tools\entralogin.exe git-credential`: true,
		"!'/opt/a b/entralogin' git-credential": true, "/usr/bin/git-credential-entralogin": true,
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
