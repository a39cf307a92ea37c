package git

import (
	"strings"
	"testing"
)

const (
	contoso  = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	fabrikam = "0a1b2c3d-1111-2222-3333-444455556666"
	login    = "https://login.microsoftonline.com/"
)

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

func FuzzChallengeTenant(f *testing.F) {
	for _, seed := range []string{"", "Bearer authorization_uri=" + login + contoso, `Bearer a="b\"c", Basic realm=x,Negotiate a==`, `Bearer a="\`} {
		f.Add(seed)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, header string) {
		if id := ChallengeTenant([]string{header}); id != "" && (!isTenant(id) || hasControl(id) || id != strings.ToLower(id)) {
			t.Errorf("got the tenant %q", id)
		}
		if id := ChallengeTenant([]string{`Basic realm="` + quote.Replace(header) + `"`}); id != "" {
			t.Errorf("got the tenant %q out of a realm", id)
		}
	})
}
