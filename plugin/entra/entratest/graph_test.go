package entratest_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// tokenFor signs a user in to Contoso and returns an access token.
func tokenFor(t *testing.T, s *entratest.Server, user, scope string) string {
	t.Helper()
	s.AutoApprove(user, 0)
	return signIn(t, s.Client(), s.URL, entratest.TenantContoso, scope)["access_token"].(string)
}

func graphError(body map[string]any) (code string) {
	e, _ := body["error"].(map[string]any)
	inner, _ := e["innerError"].(map[string]any)
	if inner["request-id"] == nil || inner["client-request-id"] == nil || inner["date"] == nil {
		return "not in Graph's shape"
	}
	return e["code"].(string)
}

func TestGraphMe(t *testing.T) {
	s := newServer(t)
	for _, scope := range []string{"User.Read", "https://graph.microsoft.com/.default", "00000003-0000-0000-c000-000000000000/.default", s.URL + "/User.Read"} {
		status, me := get(t, s.Client(), s.URL+"/v1.0/me", tokenFor(t, s, entratest.Alice, scope))
		if status != http.StatusOK || me["displayName"] != "Alice Adams" || me["id"] != entratest.UserID(entratest.Alice, entratest.TenantContoso) {
			t.Errorf("%s: %d %v", scope, status, me)
		}
	}
	alice := tokenFor(t, s, entratest.Alice, "User.Read")
	if status, boss := get(t, s.Client(), s.URL+"/v1.0/me/manager", alice); status != http.StatusOK || boss["userPrincipalName"] != entratest.Bob {
		t.Errorf("manager is %d %v", status, boss)
	}
	status, body := get(t, s.Client(), s.URL+"/v1.0/me/manager", tokenFor(t, s, entratest.Bob, "User.Read"))
	if code := graphError(body); status != http.StatusNotFound || code != "Request_ResourceNotFound" {
		t.Errorf("nobody's manager is %d %s", status, code)
	}
	if _, dana := get(t, s.Client(), s.URL+"/v1.0/me", tokenFor(t, s, entratest.Dana, "User.Read")); dana["jobTitle"] != nil {
		t.Errorf("a sparse profile has %v", dana)
	}
	_, guest := get(t, s.Client(), s.URL+"/v1.0/me", tokenFor(t, s, entratest.Carol, "User.Read"))
	if guest["userPrincipalName"] != "carol_fabrikam.example#EXT#@contoso.example" {
		t.Errorf("guest is %v", guest["userPrincipalName"])
	}
}

func TestGraphRefusals(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct {
		name, path, token string
		status            int
		code              string
	}{
		{"no token", "/v1.0/me", "", 401, "InvalidAuthenticationToken"},
		{"no JWT", "/v1.0/me", "abc", 401, "InvalidAuthenticationToken"},
		{"another audience", "/v1.0/me", tokenFor(t, s, entratest.Alice, entratest.ServerID+"/.default"), 401, "InvalidAuthenticationToken"},
		{"no permission", "/v1.0/users", tokenFor(t, s, entratest.Alice, "User.Read"), 403, "Authorization_RequestDenied"},
		{"bad page", "/v1.0/users?$top=0", tokenFor(t, s, entratest.Alice, "User.ReadBasic.All"), 400, "BadRequest"},
	} {
		status, body := get(t, s.Client(), s.URL+test.path, test.token)
		if code := graphError(body); status != test.status || code != test.code {
			t.Errorf("%s: %d %s, want %d %s", test.name, status, code, test.status, test.code)
		}
	}
}

func TestGraphPages(t *testing.T) {
	s := newServer(t)
	token := tokenFor(t, s, entratest.Alice, "User.ReadBasic.All")
	next, pages, people := s.URL+"/v1.0/users?$top=3", 0, 0
	for next != "" {
		status, body := get(t, s.Client(), next, token)
		if status != http.StatusOK {
			t.Fatalf("answer is %d %v", status, body)
		}
		pages, people = pages+1, people+len(body["value"].([]any))
		next, _ = body["@odata.nextLink"].(string)
	}
	if pages != 2 || people != 4 {
		t.Errorf("%d people on %d pages", people, pages)
	}
}

// Graph demands claims until a token comes that was asked for with them, along with the client's own capabilities.
func TestClaimsChallenge(t *testing.T) {
	s := newServer(t)
	const claims = `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	s.AutoApprove(entratest.Alice, 0)
	tokens := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)
	s.RequireClaims(claims)
	req, _ := http.NewRequestWithContext(t.Context(), "GET", s.URL+"/v1.0/me", nil)
	req.Header.Set("Authorization", "Bearer "+tokens["access_token"].(string))
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	read(t, resp)
	found := regexp.MustCompile(`^Bearer .*error="insufficient_claims", claims="([^"]+)"$`).FindStringSubmatch(resp.Header.Get("WWW-Authenticate"))
	if resp.StatusCode != http.StatusUnauthorized || found == nil {
		t.Fatalf("answer is %s, %q", resp.Status, resp.Header.Get("WWW-Authenticate"))
	}
	if decoded, _ := base64.StdEncoding.DecodeString(found[1]); string(decoded) != claims {
		t.Errorf("claims are %s", decoded)
	}
	ask := url.Values{"client_id": {entratest.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)},
		"scope": {"User.Read"}, "claims": {`{"access_token":{"xms_cc":{"values":["CP1"]},"acrs":{"value":"c1","essential":true}}}`}}
	s.Set(func(o *entratest.Settings) { o.ClaimsNeedPerson = true })
	status, body := post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", ask)
	wantError(t, status, body, "interaction_required", 50076)
	if body["claims"] != claims {
		t.Errorf("claims are %v", body["claims"])
	}
	s.Set(func(o *entratest.Settings) { o.ClaimsNeedPerson = false })
	_, body = post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", ask)
	if status, me := get(t, s.Client(), s.URL+"/v1.0/me", body["access_token"].(string)); status != http.StatusOK {
		t.Errorf("answer is %d %v", status, me)
	}
}

func TestWhoami(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	tokens := signIn(t, s.Client(), s.URL, entratest.TenantContoso, entratest.ServerID+"/.default openid")
	whoami := func(token any) (int, map[string]any) {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/apis/authentication.k8s.io/v1/selfsubjectreviews", nil)
		req.Header.Set("Authorization", "Bearer "+token.(string))
		resp, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		return read(t, resp)
	}
	for _, kind := range []string{"access_token", "id_token"} {
		status, review := whoami(tokens[kind])
		if status != http.StatusCreated {
			t.Fatalf("%s: %d %v", kind, status, review)
		}
		if info := review["status"].(map[string]any)["userInfo"].(map[string]any); info["username"] != entratest.Alice {
			t.Errorf("%s: %v", kind, info)
		}
	}
	for _, bad := range []string{"x", tokenFor(t, s, entratest.Alice, "User.Read")} {
		if status, body := whoami(bad); status != http.StatusUnauthorized || body["kind"] != "Status" || body["reason"] != "Unauthorized" {
			t.Errorf("answer is %d %v", status, body)
		}
	}
}
