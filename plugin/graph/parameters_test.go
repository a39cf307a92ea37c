package graph

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/text"
)

const clientID = "4f2d8a10-0c3e-4b69-9a57-6f1d2e3c4b5a"

// sample is a parameters.json in the form of MSAL's sample, with one piece of it replaced.
func sample(old, new string) string {
	const text = `{
    "authority": "https://login.microsoftonline.com/contoso.onmicrosoft.com",
    "client_id": "` + clientID + `",
    "scope": ["User.ReadBasic.All"],
    "endpoint": "https://graph.microsoft.com/v1.0/users"
}
`
	if !strings.Contains(text, old) {
		panic("the sample has no " + old)
	}
	return strings.Replace(text, old, new, 1)
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parameters.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReadParameters(t *testing.T) {
	const contoso = "contoso.onmicrosoft.com"
	usual := Parameters{"login.microsoftonline.com", contoso, clientID, []string{"User.ReadBasic.All"}, "https://graph.microsoft.com/v1.0/users"}
	with := func(change func(*Parameters)) Parameters {
		p := usual
		change(&p)
		return p
	}
	for name, test := range map[string]struct {
		text string
		want Parameters
	}{
		"sample":                  {sample("{", "{"), usual},
		"BOM":                     {"\xef\xbb\xbf" + sample("{", "{"), usual},
		"CRLF":                    {strings.ReplaceAll(sample("{", "{"), "\n", "\r\n"), usual},
		"no endpoint":             {sample(",\n    \"endpoint\": \"https://graph.microsoft.com/v1.0/users\"", ""), with(func(p *Parameters) { p.Endpoint = "" })},
		"upper case":              {sample("https://login.microsoftonline.com", "HTTPS://Login.MicrosoftOnline.com:443"), usual},
		"client ID in upper case": {sample(clientID, strings.ToUpper(clientID)), usual},
		"slash at the end":        {sample(contoso, contoso+"/"), usual},
		"GUID":                    {sample(contoso, clientID), with(func(p *Parameters) { p.Tenant = clientID })},
		"common":                  {sample(contoso, "common"), with(func(p *Parameters) { p.Tenant = "common" })},
		"port":                    {sample("microsoftonline.com", "microsoftonline.com:8443"), with(func(p *Parameters) { p.AuthorityHost += ":8443" })},
		"two scopes": {sample(`"User.ReadBasic.All"`, `"User.Read", "https://graph.microsoft.com/Mail.Read"`),
			with(func(p *Parameters) { p.Scopes = []string{"User.Read", "https://graph.microsoft.com/Mail.Read"} })},
		"what each sign-in asks for": {sample(`"User.ReadBasic.All"`, `"openid", "User.ReadBasic.All", "offline_access", "email", "profile"`), usual},
		"another resource":           {sample(`"User.ReadBasic.All"`, `"api://x/y/.default"`), with(func(p *Parameters) { p.Scopes = []string{"api://x/y/.default"} })},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadParameters(write(t, test.text))
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
}

func TestReadParametersRefuses(t *testing.T) {
	const secret = "s3cr3t~value"
	for name, test := range map[string]struct{ content, key, want string }{
		"empty":                   {"", "", "it is empty"},
		"cut":                     {sample("", "")[:60], "", "cut short"},
		"array":                   {"[]", "", "not one JSON object"},
		"null":                    {"null", "", "not one JSON object"},
		"two objects":             {sample("", "") + "{}", "", "not one JSON object"},
		"YAML":                    {"authority: x", "", "not valid JSON: see line 1"},
		"comment":                 {sample(`"scope"`, "// comment\n\"scope\""), "", "see line 4"},
		"comma at the end":        {sample("users\"\n", "users\",\n"), "", "see line 6"},
		"UTF-16":                  {"\xff\xfe{\x00}\x00", "", "UTF-16"},
		"UTF-16, no BOM":          {"{\x00}\x00", "", "UTF-16"},
		"Latin-1":                 {sample("contoso", "cont\xf6so"), "", "UTF-8"},
		"duplicate key":           {sample(`"scope"`, `"client_id": "`+secret+`", "scope"`), "client_id", "is there 2 times"},
		"unknown key":             {sample(`"client_id"`, `"clientId"`), "clientId", `is "client_id" meant?`},
		"unknown key, near scope": {sample(`"scope"`, `"scopes"`), "scopes", `is "scope" meant?`},
		"unknown key, far":        {sample(`"scope"`, `"x": 1, "scope"`), "x", "the keys are authority, client_id, scope, endpoint"},
		"unknown key, ESC":        {sample(`"scope"`, `"\u001b[2J": 1, "scope"`), "\x1b[2J", `"[2J" is not known`},
		"unknown key, empty":      {sample(`"scope"`, `"": 1, "scope"`), "", `is not known`},
		"number for text":         {sample(`"`+clientID+`"`, "7"), "client_id", "has to be a text in quotes"},
		"null for text":           {sample(`"`+clientID+`"`, "null"), "client_id", "has to be a text in quotes"},
		"number for authority":    {sample(`"https://login.microsoftonline.com/contoso.onmicrosoft.com"`, "7"), "authority", "has to be a text in quotes"},
		"number for endpoint":     {sample(`"https://graph.microsoft.com/v1.0/users"`, "7"), "endpoint", "has to be a text in quotes"},
		"no authority":            {sample(`"authority": "https://login.microsoftonline.com/contoso.onmicrosoft.com",`, ""), "authority", "is missing"},
		"no client ID":            {sample(`"client_id": "`+clientID+`",`, ""), "client_id", "is missing"},
		"no scope":                {sample(`"scope": ["User.ReadBasic.All"],`, ""), "scope", "is missing"},
		"tenant ../x":             {sample("contoso.onmicrosoft.com", "../x"), "authority", "does not end in one tenant"},
		"tenant with %2f":         {sample("contoso.onmicrosoft.com", "a%2f..%2fb.c"), "authority", "does not end in one tenant"},
		"tenant, escaped":         {sample("contoso.onmicrosoft.com", "%63ontoso.com"), "authority", "does not end in one tenant"},
		"tenant, two segments":    {sample("contoso.onmicrosoft.com", "contoso.com/v2.0"), "authority", "does not end in one tenant"},
		"tenant, one label":       {sample("contoso.onmicrosoft.com", "adfs"), "authority", "does not end in one tenant"},
		"tenant, Cyrillic":        {sample("contoso.onmicrosoft.com", "c\u043entoso.com"), "authority", "does not end in one tenant"},
		"tenant of the sample":    {sample("contoso.onmicrosoft.com", "Enter_the_Tenant_Name_Here"), "authority", "placeholder"},
		"no tenant":               {sample("/contoso.onmicrosoft.com", ""), "authority", "names no tenant"},
		"authority over http":     {sample("https://login", "http://login"), "authority", "has to begin with https://"},
		"authority, userinfo":     {sample("https://login", "https://"+secret+"@login"), "authority", "user name or password"},
		"authority, query":        {sample("onmicrosoft.com", "onmicrosoft.com?x="+secret), "authority", "behind the tenant"},
		"authority, bare ?":       {sample("onmicrosoft.com", "onmicrosoft.com?"), "authority", "behind the tenant"},
		"authority, fragment":     {sample("onmicrosoft.com", "onmicrosoft.com#x"), "authority", "behind the tenant"},
		"authority, no address":   {sample("https://login", "login"), "authority", "is not an address"},
		"authority, backslash":    {sample("microsoftonline.com/", `microsoftonline.com\\/`), "authority", "is not an address"},
		"authority, ESC":          {sample("onmicrosoft.com", `\u001b.com`), "authority", "control or invisible"},
		"authority, empty":        {sample("https://login.microsoftonline.com/contoso.onmicrosoft.com", " "), "authority", "is empty"},
		"client ID, no GUID":      {sample(clientID, secret), "client_id", "is not a GUID"},
		"client ID, braces":       {sample(clientID, "{"+clientID+"}"), "client_id", "placeholder"},
		"client ID of the sample": {sample(clientID, "your_client_id"), "client_id", "still the sample's placeholder"},
		"client ID, newline":      {sample(clientID, clientID+`\n`), "client_id", "control or invisible"},
		"empty list of scopes":    {sample(`["User.ReadBasic.All"]`, "[]"), "scope", "asks for nothing"},
		"empty scope":             {sample("User.ReadBasic.All", ""), "scope", "not one scope"},
		"only openid":             {sample("User.ReadBasic.All", "openid"), "scope", "asks for nothing"},
		"scope is a text":         {sample(`["User.ReadBasic.All"]`, `"User.Read"`), "scope", `a list of texts, as in ["User.Read"]`},
		"scope is null":           {sample(`["User.ReadBasic.All"]`, `null`), "scope", "a list of texts"},
		"scope with a number":     {sample(`"User.ReadBasic.All"`, `7`), "scope", "a list of texts"},
		"scope with null":         {sample(`"User.ReadBasic.All"`, `"User.Read", null`), "scope", "a list of texts"},
		"two scopes in one":       {sample("User.ReadBasic.All", "User.Read Mail.Read"), "scope", "not one scope"},
		"a comma in the quotes":   {sample("User.ReadBasic.All", "User.Read,Mail.Read"), "scope", "not one scope"},
		"scope with bidi":         {sample("User.ReadBasic.All", `User\u202eRead`), "scope", "not one scope"},
		"client_secret":           {sample(`"scope"`, `"client_secret": "`+secret+`", "scope"`), "client_secret", "takes no secret"},
		"secret":                  {sample(`"scope"`, `"secret": "`+secret+`", "scope"`), "secret", "takes no secret"},
		"password":                {sample(`"scope"`, `"password": "`+secret+`", "scope"`), "password", "takes no secret"},
		"Client-Secret, twice":    {sample(`"scope"`, `"Client-Secret": "`+secret+`", "Client-Secret": 1, "scope"`), "Client-Secret", "takes no secret"},
		"client_credential":       {sample(`"scope"`, `"client_credential": {"private_key": "`+secret+`"}, "scope"`), "client_credential", "takes no secret"},
		"endpoint over http":      {sample("https://graph", "http://graph"), "endpoint", "has to begin with https://"},
		"endpoint, userinfo":      {sample("https://graph", "https://"+secret+"@graph"), "endpoint", "user name or password"},
		"endpoint, fragment":      {sample("/users", "/users#x"), "endpoint", "#"},
		"endpoint, no path":       {sample("/v1.0/users", "/"), "endpoint", "has no path"},
		"endpoint, no address":    {sample("https://graph", "graph"), "endpoint", "is not an address"},
		"endpoint, empty":         {sample("https://graph.microsoft.com/v1.0/users", ""), "endpoint", "is empty"},
		"100,000 deep":            {sample(`"scope"`, `"x": `+strings.Repeat("[", 100_000)+`, "scope"`), "", "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			file := write(t, test.content)
			_, err := ReadParameters(file)
			var wrong *ParametersError
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v (%T)", err, err)
			}
			content := err.Error()
			if wrong.Key != test.key || wrong.File != file || !strings.Contains(content, test.want) {
				t.Errorf("got %q about %q, want %q about %q", content, wrong.Key, test.want, test.key)
			}
			if strings.Contains(content, secret) || text.Clean(content) != content {
				t.Errorf("the message shows a value or raw characters: %q", content)
			}
		})
	}
}

func TestCheckEndpoint(t *testing.T) {
	graphs := []string{"graph.microsoft.us", "dod-graph.microsoft.us", "127.0.0.1:8443"}
	for endpoint, want := range map[string]struct{ origin, path string }{
		"https://graph.microsoft.us/v1.0/me":                      {"https://graph.microsoft.us", "/v1.0/me"},
		"https://Graph.Microsoft.US:443/v1.0/users?$top=5&$x=%20": {"https://graph.microsoft.us", "/v1.0/users?$top=5&$x=%20"},
		"https://dod-graph.microsoft.us/v1.0/me/":                 {"https://dod-graph.microsoft.us", "/v1.0/me/"},
		"https://127.0.0.1:8443/v1.0/users/a%2Fb":                 {"https://127.0.0.1:8443", "/v1.0/users/a%2Fb"},
		"https://graph.microsoft.com/v1.0/me":                     {},
		"https://graph.microsoft.us.evil.example/v1.0/me":         {},
		"https://evil.example/graph.microsoft.us/v1.0/me":         {},
		"https://xgraph.microsoft.us/v1.0/me":                     {},
		"https://graph.microsoft.us:444/v1.0/me":                  {},
		"https://graph.microsoft.us./v1.0/me":                     {},
		"https://127.0.0.1/v1.0/me":                               {},
		"https://gr\u0430ph.microsoft.us/v1.0/me":                 {},
		"https://graph.microsoft.us@evil.example/v1.0/me":         {},
		"http://graph.microsoft.us/v1.0/me":                       {},
		"//graph.microsoft.us/v1.0/me":                            {},
		"https:graph.microsoft.us/v1.0/me":                        {},
		"https://graph.microsoft.us\\@evil.example/":              {},
		"https://graph.microsoft.us/v1.0/me\u202e":                {},
		"": {},
	} {
		origin, path, err := CheckEndpoint(endpoint, graphs)
		var wrong *ParametersError
		if origin != want.origin || path != want.path || (err == nil) != (want.origin != "") || err != nil && !errors.As(err, &wrong) {
			t.Errorf("%s: got %q, %q, %v", endpoint, origin, path, err)
		}
		if err == nil { // what it gives is what Query takes
			m := &Query{Origin: origin, Path: path}
			c, err := m.newCaller(cache.Token{})
			if err != nil {
				t.Fatal(err)
			}
			if u, err := c.address(path); err != nil || "https://"+u.Host != origin || u.RequestURI() != path {
				t.Errorf("%s: asked for %v, %v", endpoint, u, err)
			}
		}
	}
}

func FuzzParameters(f *testing.F) {
	f.Add([]byte(sample("", "")))
	f.Add([]byte(sample("https://login", "http://login")))
	f.Add([]byte(`{"client_secret":"x","scope":["a","b/c"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, wrong := parseParameters(data)
		if wrong != nil {
			if content := wrong.Error(); text.Clean(content) != content {
				t.Errorf("raw characters: %q", content)
			}
			return
		}
		if !json.Valid(data) || !authority.IsTenant(p.Tenant) || !authority.IsClientID(p.ClientID) || p.AuthorityHost == "" || len(p.Scopes) == 0 {
			t.Errorf("taken: %+v", p)
		}
	})
}
