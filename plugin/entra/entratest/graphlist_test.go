package entratest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// names are the display names of a list; "null" where one is.
func names(body map[string]any) string {
	var all []string
	list, _ := body["value"].([]any)
	for _, entry := range list {
		name, ok := entry.(map[string]any)["displayName"].(string)
		if !ok {
			name = "null"
		}
		all = append(all, name)
	}
	return strings.Join(all, ",")
}

func TestGraphQueries(t *testing.T) {
	s := newServer(t)
	token := tokenFor(t, s, entratest.Alice, "https://graph.microsoft.com/.default")
	for path, want := range map[string]string{
		"users": "Alice Adams,Bob Bjørnsen,Carol Castillo,Dana D'Souza",
		"users?$filter=displayName eq 'dana d''souza'":  "Dana D'Souza",
		"users?$filter=startswith(displayName,'A')":     "Alice Adams",
		"users?$filter=endswith(displayName,'z')":       "Request_UnsupportedQuery",
		"users?$filter=displayName ne 'x'":              "Request_UnsupportedQuery",
		"users?$filter=nonsense eq 'x'":                 "BadRequest",
		"users?$filter=nonsense":                        "BadRequest",
		"users?$search=\"displayName:bob\"":             "Request_UnsupportedQuery",
		"users?$select=nonsense":                        "BadRequest",
		"users?$top=x":                                  "BadRequest",
		"users/$count":                                  "Request_BadRequest",
		"users/nobody":                                  "Request_ResourceNotFound",
		"nonsense":                                      "BadRequest",
		"me/memberOf":                                   "platform,everyone",
		"me/memberOf?$filter=displayName eq 'platform'": "platform",
		"me/memberOf?$select=id":                        "null,null",
	} {
		path, query, _ := strings.Cut(path, "?")
		values, _ := url.ParseQuery(query)
		_, body := get(t, s.Client(), s.URL+"/beta/"+path+"?"+values.Encode(), token)
		got := names(body)
		if body["error"] != nil {
			got = graphError(body)
		}
		if got != want {
			t.Errorf("%s?%s: %s, want %s", path, query, got, want)
		}
	}
	if _, bob := get(t, s.Client(), s.URL+"/v1.0/users/Bob@contoso.example?$select=id", token); bob["id"] != entratest.UserID(entratest.Bob, entratest.TenantContoso) || bob["mail"] != nil {
		t.Errorf("a user is %v", bob)
	}
}

// What needs ConsistencyLevel is answered with it.
func TestGraphAdvancedQueries(t *testing.T) {
	s := newServer(t)
	token := tokenFor(t, s, entratest.Alice, "User.ReadBasic.All")
	for path, want := range map[string]string{
		"users/$count": "4",
		"users?$search=%22displayName:bob%22&$count=true":           `"@odata.count":1`,
		"users?$filter=endswith(displayName,'Adams')&$count=true":   "Alice",
		"users?$filter=displayName%20ne%20'Alice Adams'&count=true": "Bob",
	} {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v1.0/"+strings.ReplaceAll(path, " ", "%20"), nil)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("ConsistencyLevel", "eventual")
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
}

// Without a permission for groups, they have an ID and no name.
func TestGraphLimitedInformation(t *testing.T) {
	s := newServer(t)
	_, body := get(t, s.Client(), s.URL+"/v1.0/me/memberOf", tokenFor(t, s, entratest.Alice, "User.Read"))
	first := body["value"].([]any)[0].(map[string]any)
	if names(body) != "null,null" || first["id"] != entratest.GroupID(entratest.TenantContoso, "platform") || first["@odata.type"] != "#microsoft.graph.group" {
		t.Errorf("got %v", body)
	}
}
