package git

import (
	"reflect"
	"strings"
	"testing"
)

const (
	contoso  = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	fabrikam = "0a1b2c3d-1111-2222-3333-444455556666"
	login    = "https://login.microsoftonline.com/"
)

func TestParseChallenges(t *testing.T) {
	type params = map[string]string
	for header, want := range map[string][]challenge{
		"":              nil,
		" ,\t, ":        nil,
		"TFS-Federated": {{"TFS-Federated", "", params{}}},
		"Bearer authorization_uri=" + login + contoso:                                   {{"Bearer", "", params{"authorization_uri": login + contoso}}},
		`Basic realm="simple"`:                                                          {{"Basic", "", params{"realm": "simple"}}},
		`Basic realm="a \"b\", Bearer x=y \\", charset=UTF-8`:                           {{"Basic", "", params{"realm": `a "b", Bearer x=y \`, "charset": "UTF-8"}}},
		`Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"`: {{"Newauth", "", params{"realm": "apps", "type": "1", "title": `Login to "apps"`}}, {"Basic", "", params{"realm": "simple"}}},
		`,,Bearer ,, a = b ,c="d" ,  Basic,Negotiate abc+/==, NTLM TlRM, Digest e=f`:    {{"Bearer", "", params{"a": "b", "c": "d"}}, {"Basic", "", params{}}, {"Negotiate", "abc+/==", params{}}, {"NTLM", "TlRM", params{}}, {"Digest", "", params{"e": "f"}}},
		`Negotiate, Bearer A=1`:                                                         {{"Negotiate", "", params{}}, {"Bearer", "", params{"a": "1"}}},
		`Bearer a=1, A=2`:                                                               {{"Bearer", "", params{"a": "1"}}},
		`Bearer a="1" b=2 Basic realm=x`:                                                {{"Bearer", "", params{"a": "1", "b": "2"}}, {"Basic", "", params{"realm": "x"}}},
		`a=1, Bearer b=2`:                                                               {{"Bearer", "", params{"b": "2"}}},
		`Bearer a=b=c`:                                                                  {{"Bearer", "", params{"a": "b=c"}}},
		`Bearer a==`:                                                                    {{"Bearer", "a==", params{}}},
		`Bearer a="open, Basic b=c`:                                                     {{"Bearer", "", params{}}},
		`Bearer a, b=c`:                                                                 {{"Bearer", "a", params{}}},
		`Bearer a="open\`:                                                               {{"Bearer", "", params{}}},
		`Bearer (a), Basic b=c`:                                                         {{"Bearer", "", params{}}},
		`Bearer a="", b=, c=d`:                                                          {{"Bearer", "", params{"a": "", "b": "", "c": "d"}}},
		"Bearer\ta=b":                                                                   {{"Bearer", "", params{"a": "b"}}},
	} {
		if got := parseChallenges(header); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %q\nwant %q", header, got, want)
		}
	}
}

func TestChallengeTenant(t *testing.T) {
	bearer := "Bearer authorization_uri=" + login
	for name, test := range map[string]struct {
		headers []string
		want    string
	}{
		"Azure DevOps":                     {[]string{bearer + contoso, `Basic realm="https://tfsproduks1.visualstudio.com/"`, "TFS-Federated"}, contoso},
		"the same in one header":           {[]string{bearer + contoso + `, Basic realm="https://tfsproduks1.visualstudio.com/", TFS-Federated`}, contoso},
		"in another order":                 {[]string{"TFS-Federated", `Basic realm="x", ` + bearer + contoso}, contoso},
		"quoted, with more":                {[]string{`Bearer realm="x", authorization_uri="` + login + contoso + `/oauth2/authorize", error="invalid_token"`}, contoso},
		"unquoted, with more":              {[]string{bearer + contoso + `/oauth2/authorize, error=x`}, contoso},
		"in other case":                    {[]string{"BEARER Authorization_URI=" + login + strings.ToUpper(contoso)}, contoso},
		"a domain":                         {[]string{bearer + "Contoso.onmicrosoft.com"}, "contoso.onmicrosoft.com"},
		"a foreign host":                   {[]string{"Bearer authorization_uri=https://evil.example/" + contoso}, contoso},
		"a query":                          {[]string{bearer + contoso + "?x=" + fabrikam}, contoso},
		"the first of two":                 {[]string{bearer + contoso, bearer + fabrikam}, contoso},
		"the second if the first has none": {[]string{"Bearer realm=x", bearer + "common", bearer + fabrikam}, fabrikam},
		"common":                           {[]string{bearer + "common"}, ""},
		"organizations":                    {[]string{bearer + "organizations"}, ""},
		"consumers":                        {[]string{bearer + "consumers/oauth2"}, ""},
		"the empty GUID":                   {[]string{bearer + nobody}, ""},
		"none":                             {nil, ""},
		"Basic alone":                      {[]string{`Basic realm="` + bearer + contoso + `"`}, ""},
		"Basic with our parameter":         {[]string{"Basic authorization_uri=" + login + contoso}, ""},
		"inside a realm":                   {[]string{`Basic realm="x, ` + bearer + contoso + `"`}, ""},
		"another scheme":                   {[]string{"Bearer2 authorization_uri=" + login + contoso}, ""},
		"http":                             {[]string{"Bearer authorization_uri=http://login.microsoftonline.com/" + contoso}, ""},
		"no address":                       {[]string{"Bearer authorization_uri=" + contoso, "Bearer authorization_uri=https:///" + contoso, "Bearer authorization_uri=https://a b/", "Bearer authorization_uri=https://%/"}, ""},
		"no tenant":                        {[]string{bearer, bearer + "/" + contoso, bearer + "adfs", bearer + "v2.0", bearer + "10.0.0.1", bearer + "..", bearer + "%2e%2e/" + contoso}, ""},
		"a tenant with more":               {[]string{bearer + contoso + "0", bearer + contoso[1:], bearer + "a_b.example", bearer + "-a.example", bearer + "a..example", bearer + strings.Repeat("a", 64) + ".example"}, ""},
		"a GUID in another form":           {[]string{bearer + "{" + contoso + "}", bearer + strings.ReplaceAll(contoso, "-", ""), bearer + strings.ReplaceAll(contoso, "-", "0")}, ""},
		"an open quote":                    {[]string{`Bearer authorization_uri="` + login + contoso}, ""},
		"a letter that is none of ours":    {[]string{bearer + "contoso.e\u0445ample"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ChallengeTenant(test.headers); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func FuzzChallenges(f *testing.F) {
	for _, seed := range []string{"", "Bearer authorization_uri=" + login + contoso, `Bearer a="b\"c", Basic realm=x,Negotiate a==`,
		`a=b`, `Bearer a="`, `Bearer a="\`, "Bearer\t=\t,", "Bearer a b c d=e"} {
		f.Add(seed)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, header string) {
		all := parseChallenges(header)
		var again []string
		for _, c := range all {
			if c.scheme == "" || c.token != "" && len(c.params) > 0 {
				t.Errorf("got %+v", c)
			}
			text := c.scheme + " " + c.token
			for name, value := range c.params {
				if name != strings.ToLower(name) || name == "" {
					t.Errorf("got the parameter %q", name)
				}
				text += " , " + name + `="` + quote.Replace(value) + `"`
			}
			again = append(again, text)
		}
		if got := parseChallenges(strings.Join(again, ", ")); len(got) != len(all) || len(all) > 0 && !reflect.DeepEqual(got, all) {
			t.Errorf("got %+v, and from what it means %+v", all, got)
		}
		if id := ChallengeTenant([]string{header}); id != "" && (!isTenant(id) || hasControl(id) || id != strings.ToLower(id)) {
			t.Errorf("got the tenant %q", id)
		}
		if id := ChallengeTenant([]string{`Basic realm="` + quote.Replace(header) + `"`}); id != "" {
			t.Errorf("got the tenant %q out of a realm", id)
		}
	})
}
