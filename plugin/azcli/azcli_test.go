package azcli

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
)

// What the flags say becomes the scopes of one resource, in each cloud.
func TestScopes(t *testing.T) {
	const arm = "https://management.core.windows.net//.default"
	for name, test := range map[string]struct {
		in    Input
		cloud string
		want  string
		wrong string // what the error says; "" if there is none
	}{
		"nothing":            {Input{}, "AzurePublicCloud", arm, ""},
		"a type":             {Input{ResourceType: "ms-graph"}, "AzureChinaCloud", "https://microsoftgraph.chinacloudapi.cn/.default", ""},
		"a type in France":   {Input{ResourceType: "arm"}, "AzureBleuCloud", "https://management.core.sovcloud-api.fr//.default", ""},
		"not known there":    {Input{ResourceType: "batch"}, "AzureBleuCloud", "", "AzureBleuCloud has none"},
		"a type of no cloud": {Input{ResourceType: "data-lake"}, "AzureChinaCloud", "", "AzureChinaCloud has none"},
		"no type":            {Input{ResourceType: "vault\x1b[2J"}, "AzurePublicCloud", "", `--resource-type is "vault[2J", which is none of aad-graph, arm`},
		"a resource":         {Input{Resource: "https://management.azure.com"}, "", "https://management.azure.com/.default", ""},
		"its slash stays":    {Input{Resource: "https://management.azure.com/"}, "", "https://management.azure.com//.default", ""},
		"an application":     {Input{Resource: "6dae42f8-4368-4678-94ff-3960e28e3630"}, "", "6dae42f8-4368-4678-94ff-3960e28e3630/.default", ""},
		"a scope":            {Input{Resource: "https://vault.azure.net/.default"}, "", "", "which is a scope: say --scope"},
		"no URI":             {Input{Resource: "a b"}, "", "", "neither a URI nor an application ID"},
		"scopes":             {Input{Scopes: []string{"https://a/x", "https://a/y"}}, "", "https://a/x https://a/y", ""},
		"two resources":      {Input{Scopes: []string{"https://a/x", "https://b/y"}}, "", "", `--scope is "https://b/y", which is a scope of another resource`},
		"of the sign-in":     {Input{Scopes: []string{"openid", "email"}}, "", "", "--scope names no resource"},
		"two ways":           {Input{Resource: "https://a", Scopes: []string{"https://a/x"}}, "", "", "--resource and --scope both say"},
		"three ways":         {Input{Resource: "https://a", ResourceType: "arm", Scopes: []string{"https://a/x"}}, "", "", "--resource and --resource-type and --scope both"},
	} {
		asked, err := Read(test.in)
		var got []string
		if err == nil {
			got, err = asked.ScopesAt(authority.Authority{Host: "login.example"}, test.cloud)
		}
		if strings.Join(got, " ") != test.want || (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if wrong := (*Error)(nil); err != nil && (!errors.As(err, &wrong) || failure.Of(err) != failure.Usage) {
			t.Errorf("%s: %T", name, err)
		}
	}
}

func TestChallenge(t *testing.T) {
	const request = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	asked, err := Read(Input{Challenge: base64.StdEncoding.EncodeToString([]byte(request))})
	if err != nil || asked.Claims != request || asked.Type != "arm" {
		t.Errorf("%+v, %v", asked, err)
	}
	if _, err := Read(Input{Challenge: "hunter2!"}); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// The answer says one moment twice: in local time, and in seconds that begin and end with whole ones.
func TestTokenOf(t *testing.T) {
	end := time.Date(2033, 5, 6, 7, 8, 9, 987654321, time.Local)
	token := cache.Token{Value: cache.NewSecret("a<b"), Expires: end, Obtained: end.Add(-time.Hour)}
	for format, want := range map[string]string{
		"":     "{\n  \"accessToken\": \"a<b\",\n  \"expiresOn\": \"2033-05-06 07:08:09.000000\",\n  \"expires_on\": SECONDS,\n  \"tenant\": \"contoso.example\",\n  \"tokenType\": \"Bearer\"\n}\n",
		"tsv":  "a<b\t2033-05-06 07:08:09.000000\tSECONDS\tcontoso.example\tBearer\n",
		"yaml": "accessToken: a<b\nexpires_on: SECONDS\nexpiresOn: \"2033-05-06 07:08:09.000000\"\ntenant: contoso.example\ntokenType: Bearer\n",
		"none": "",
	} {
		want = strings.ReplaceAll(want, "SECONDS", strconv.FormatInt(end.Unix(), 10))
		if got, err := (Style{Format: format}).Write(TokenOf(token, "", "contoso.example")); err != nil || string(got) != want {
			t.Errorf("%q: got\n%s\nwant\n%s%v", format, got, want, err)
		}
	}
	token.Tenant = "c0170500-1a2b-4c3d-8e4f-5a6b7c8d9e0f"
	if got := TokenOf(token, "", "contoso.example").Tenant; got != token.Tenant {
		t.Errorf("the token's own tenant is not told: %s", got)
	}
	if _, err := Format("xml"); err == nil || !strings.Contains(err.Error(), `"xml", which is none of json`) {
		t.Errorf("%v", err)
	}
}

// Each cloud has most of the types, or those two that are known of it, and none that would be given to a cluster.
func TestResourceTypes(t *testing.T) {
	for _, c := range authority.Clouds() {
		offered := 0
		for _, name := range ResourceTypes() {
			resource := resourceOf(name, c.Environment)
			if resource == "" {
				continue
			}
			offered++
			if _, ok := c.ServiceOf(resource); !ok {
				t.Errorf("%s of %s would be given to a cluster", resource, c.Environment)
			}
		}
		if offered < 6 && sovereign(c.Environment) == nil || offered < 2 || c.Environment == "AzurePublicCloud" && offered < len(ResourceTypes()) {
			t.Errorf("%s has %d resources", c.Environment, offered)
		}
	}
	if got := resourceOf("arm", "AzureGermanCloud") + resourceOf("nothing", "AzurePublicCloud"); got != "" {
		t.Errorf("%q is a resource", got)
	}
}
