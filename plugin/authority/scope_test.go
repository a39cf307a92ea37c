package authority

import (
	"slices"
	"strings"
	"testing"
)

func TestScopes(t *testing.T) {
	const server = "6dae42f8-4368-4678-94ff-3960e28e3630"
	china, _ := Cloud("china")
	public, _ := Cloud("public")
	own := Authority{Host: "login.example"}
	for name, test := range map[string]struct {
		authority Authority
		words     string
		want      string
		wrong     string // what the error says; "" if there is none
	}{
		"none":                      {public, "", "", ""},
		"one":                       {public, server + "/.default", server + "/.default", ""},
		"two of one resource":       {public, "https://a.example/x HTTPS://A.example/y", "https://a.example/x HTTPS://A.example/y", ""},
		"two resources":             {public, "https://a.example/x https://b.example/y", "", "another resource than the one before it (https://a.example/x)"},
		"bare":                      {public, "User.Read Mail.Read", "https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read", ""},
		"bare in China":             {china, "User.Read", "https://microsoftgraph.chinacloudapi.cn/User.Read", ""},
		"bare without a Graph":      {own, "User.Read Mail.Read", "User.Read Mail.Read", ""},
		"bare and Graph's":          {public, "User.Read https://graph.microsoft.com/Mail.Read", "https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read", ""},
		"bare and another's":        {public, "User.Read " + server + "/.default", "", "another resource"},
		"bare and another Graph's":  {public, "User.Read https://graph.microsoft.us/Mail.Read", "", "another resource"},
		"bare, no Graph, another's": {own, "User.Read " + server + "/.default", "", "another resource"},
		"another's, no Graph, bare": {own, server + "/.default User.Read", "", "another resource"},
		"of the sign-in":            {public, "openid Profile OFFLINE_ACCESS email", "", ""},
		"of the sign-in, too":       {public, "openid " + server + "/.default offline_access", server + "/.default", ""},
		"a slash more":              {public, "https://a.example//.default https://a.example//x", "https://a.example//.default https://a.example//x", ""},
		"with and without it":       {public, "https://a.example//.default https://a.example/x", "", "another resource"},
		"a quote":                   {public, `a"b`, "", "no scope has"},
		"a backslash":               {public, `a\b`, "", "no scope has"},
		"ESC":                       {public, "a\x1b[2J", "", "no scope has"},
		"another script":            {public, "https://а.example/x", "", "no scope has"},
	} {
		got, wrong := test.authority.Scopes(strings.Fields(test.words))
		if !slices.Equal(got, strings.Fields(test.want)) || (wrong != nil) != (test.wrong != "") {
			t.Errorf("%s: %q, %v", name, got, wrong)
		}
		if wrong != nil && (!strings.Contains(wrong.Error(), test.wrong) || strings.ContainsRune(wrong.Error(), 0x1b)) {
			t.Errorf("%s: %v", name, wrong)
		}
	}
	for _, word := range []string{"", "a b", "a\u202eb"} {
		if got, wrong := public.Scopes([]string{"User.Read", word}); wrong == nil || wrong.Scope != word {
			t.Errorf("%q: %q, %v", word, got, wrong)
		}
	}
}

func TestResource(t *testing.T) {
	const id = "6dae42f8-4368-4678-94ff-3960e28e3630"
	for scopes, want := range map[string]string{"": "", "User.Read": "", "User.Read " + id + "/.default": id, "api://x/y/.default": "api://x/y",
		"https://a.example//.default": "https://a.example/", "/x": "", "openid api://x/y/Read": "api://x/y"} {
		if got := Resource(strings.Fields(scopes)); got != want {
			t.Errorf("%q: %q", scopes, got)
		}
	}
	for resource, want := range map[string]string{id: id, "api://" + id: id, "spn:" + id + "/": id, "api://x/y/": "api://x/y", "https://a.example/": "https://a.example", "": ""} {
		if got := BareID(resource); got != want {
			t.Errorf("%q: %q", resource, got)
		}
	}
}
