package https

import (
	"reflect"
	"strings"
	"testing"
)

const (
	contoso = "72f988bf-86f1-41af-91ab-2d7cd011db47"
	login   = "https://login.microsoftonline.com/"
)

func TestChallenges(t *testing.T) {
	type params = map[string]string
	for header, want := range map[string][]Challenge{
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
		if got := Challenges([]string{header}); !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %q\nwant %q", header, got, want)
		}
	}
}

func TestChallengeIs(t *testing.T) {
	for header, want := range map[string]bool{"BASIC realm=x": true, "basic": true, "Basic2": false, "realm=Basic": false} {
		all := Challenges([]string{header})
		if got := len(all) == 1 && all[0].Is("Basic"); got != want {
			t.Errorf("%s: %v", header, got)
		}
	}
	all := Challenges([]string{"TFS-Federated, Bearer", "Basic a=b"})
	if len(all) != 3 || !all[1].Is("Bearer") || !all[2].Is("Basic") {
		t.Errorf("%+v", all)
	}
}

func FuzzChallenges(f *testing.F) {
	for _, seed := range []string{"", "Bearer authorization_uri=" + login + contoso, `Bearer a="b\"c", Basic realm=x,Negotiate a==`,
		`a=b`, `Bearer a="`, `Bearer a="\`, "Bearer\t=\t,", "Bearer a b c d=e"} {
		f.Add(seed)
	}
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, header string) {
		all := Challenges([]string{header})
		var again []string
		for _, c := range all {
			if c.Scheme == "" || c.Token != "" && len(c.Params) > 0 {
				t.Errorf("got %+v", c)
			}
			text := c.Scheme + " " + c.Token
			for name, value := range c.Params {
				if name != strings.ToLower(name) || name == "" {
					t.Errorf("got the parameter %q", name)
				}
				text += " , " + name + `="` + quote.Replace(value) + `"`
			}
			again = append(again, text)
		}
		if got := Challenges([]string{strings.Join(again, ", ")}); len(got) != len(all) || len(all) > 0 && !reflect.DeepEqual(got, all) {
			t.Errorf("got %+v, and from what it means %+v", all, got)
		}
	})
}
