package entratest_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const (
	armScope   = "https://management.core.windows.net//.default"
	armVersion = "?api-version=2022-12-01"
)

// armTokens are tokens of a user for Azure Resource Manager in a tenant.
func armToken(t *testing.T, s *entratest.Server, user, tenant string) string {
	t.Helper()
	s.AutoApprove(user, 0)
	return signIn(t, s.Client(), s.URL, tenant, armScope)["access_token"].(string)
}

// armList is what all pages of a list say under a name.
func armList(t *testing.T, s *entratest.Server, path, token, name string) (values []string, pages int) {
	t.Helper()
	for next := s.URL + path; next != ""; pages++ {
		status, page := get(t, s.Client(), next, token)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", next, status, page)
		}
		for _, o := range page["value"].([]any) {
			values = append(values, o.(map[string]any)[name].(string))
		}
		next, _ = page["nextLink"].(string)
	}
	return values, pages
}

// A token lists what its person may read in its tenant, and what that tenant manages.
func TestSubscriptions(t *testing.T) {
	s := newServer(t, entratest.WithSubscriptions(entratest.Subscriptions()...))
	s.Set(func(o *entratest.Settings) { o.ARMPage = 2 })
	daemon := s.Applications.Get(entratest.DaemonID)
	_, answer := post(t, s.Client(), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {entratest.DaemonID}, "client_secret": {daemon.AddSecret(1e9)}, "scope": {armScope}})
	for _, test := range []struct {
		who, token, want string
		pages            int
	}{
		{"Alice", armToken(t, s, entratest.Alice, entratest.TenantContoso), "Contoso Production|Prüfung & Söhne|Shared|Shared|Fabrikam Labs", 3},
		{"Bob", armToken(t, s, entratest.Bob, entratest.TenantContoso), "Contoso Production", 1},
		{"Carol at home", armToken(t, s, entratest.Carol, entratest.TenantFabrikam), "Fabrikam Labs|Fabrikam Data", 1},
		{"Carol as a guest", armToken(t, s, entratest.Carol, entratest.TenantContoso), "Shared|Fabrikam Labs", 1},
		{"Dana", armToken(t, s, entratest.Dana, entratest.TenantContoso), "", 1},
		{"the daemon", answer["access_token"].(string), "Contoso Production", 1},
	} {
		names, pages := armList(t, s, "/subscriptions"+armVersion, test.token, "displayName")
		if got := strings.Join(names, "|"); got != test.want || pages != test.pages {
			t.Errorf("%s: %s, %d pages", test.who, got, pages)
		}
	}
	tenants, _ := armList(t, s, "/tenants"+armVersion, armToken(t, s, entratest.Carol, entratest.TenantFabrikam), "tenantId")
	if !slices.Equal(tenants, []string{entratest.TenantContoso, entratest.TenantFabrikam}) {
		t.Errorf("Carol is in %q", tenants)
	}
	status, labs := get(t, s.Client(), s.URL+"/subscriptions/"+entratest.SubscriptionID("Fabrikam Labs")+armVersion, armToken(t, s, entratest.Alice, entratest.TenantContoso))
	managed, _ := labs["managedByTenants"].([]any)
	if status != http.StatusOK || labs["tenantId"] != entratest.TenantFabrikam || len(managed) != 1 || labs["state"] != "Enabled" {
		t.Errorf("%d %v", status, labs)
	}
}

// Without any the answer is what it was before there were some.
func TestNoSubscriptions(t *testing.T) {
	s := newServer(t)
	status, list := get(t, s.Client(), s.URL+"/subscriptions"+armVersion, armToken(t, s, entratest.Alice, entratest.TenantContoso))
	if status != http.StatusOK || len(list["value"].([]any)) != 0 || list["nextLink"] != nil {
		t.Errorf("%d %v", status, list)
	}
}

func TestARMRefusals(t *testing.T) {
	s := newServer(t, entratest.WithSubscriptions(entratest.Subscriptions()...))
	alice, dana := armToken(t, s, entratest.Alice, entratest.TenantContoso), armToken(t, s, entratest.Dana, entratest.TenantContoso)
	production := "/subscriptions/" + entratest.SubscriptionID("Contoso Production")
	for _, test := range []struct {
		name, path, token string
		status            int
		code              string
	}{
		{"no version", "/subscriptions", alice, 400, "MissingApiVersionParameter"},
		{"no such version", "/tenants?api-version=newest", alice, 400, "InvalidApiVersionParameter"},
		{"no token", "/subscriptions" + armVersion, "", 401, "AuthenticationFailed"},
		{"no JWT", "/subscriptions" + armVersion, "abc", 401, "InvalidAuthenticationToken"},
		{"another audience", "/subscriptions" + armVersion, tokenFor(t, s, entratest.Alice, "User.Read"), 401, "InvalidAuthenticationTokenAudience"},
		{"a page of nowhere", "/subscriptions" + armVersion + "&$skiptoken=99", alice, 400, "InvalidSkipToken"},
		{"no ID", "/subscriptions/x" + armVersion, alice, 400, "InvalidSubscriptionId"},
		{"not there", "/subscriptions/" + entratest.TenantContoso + armVersion, alice, 404, "SubscriptionNotFound"},
		{"of another tenant", "/subscriptions/" + entratest.SubscriptionID("Fabrikam Data") + armVersion, alice, 401, "InvalidAuthenticationTokenTenant"},
		{"not hers", production + armVersion, dana, 403, "AuthorizationFailed"},
	} {
		status, body := get(t, s.Client(), s.URL+test.path, test.token)
		e, _ := body["error"].(map[string]any)
		if status != test.status || e["code"] != test.code || e["message"] == "" {
			t.Errorf("%s: %d %v, want %d %s", test.name, status, body, test.status, test.code)
		}
	}
	resp, err := s.Client().Get(s.URL + "/subscriptions" + armVersion)
	if err != nil || !strings.Contains(resp.Header.Get("WWW-Authenticate"), `error="invalid_token"`) {
		t.Error(resp, err)
	}
	resp.Body.Close()
	for status, code := range map[int]string{401: "ExpiredAuthenticationToken", 403: "AuthorizationFailed", 429: "TooManyRequests", 503: "ServerUnavailable", 500: "InternalServerError"} {
		s.Fault("arm", entratest.Fault{Status: status, RetryAfter: "3", Times: 1})
		got, body := get(t, s.Client(), s.URL+"/subscriptions"+armVersion, alice)
		if e, _ := body["error"].(map[string]any); got != status || e["code"] != code {
			t.Errorf("%d %v", got, body)
		}
	}
}

// A tenant may refuse what comes of a sign-in to another, as one does that wants a second factor.
func TestRefreshBlocked(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Carol, 0)
	home := signIn(t, s.Client(), s.URL, entratest.TenantFabrikam, armScope+" offline_access")
	if err := s.Block(entratest.Block{Way: entratest.ByRefresh, AADSTS: 50076}); err != nil {
		t.Fatal(err)
	}
	for tenant, want := range map[string]string{entratest.TenantContoso: "interaction_required", entratest.TenantFabrikam: ""} {
		_, answer := post(t, s.Client(), s.URL+"/"+tenant+"/oauth2/v2.0/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {entratest.ClientID},
			"refresh_token": {home["refresh_token"].(string)}, "scope": {armScope}})
		if got, _ := answer["error"].(string); got != want {
			t.Errorf("%s: %v", tenant, answer)
		}
	}
}

func TestControlSubscriptions(t *testing.T) {
	s := newServer(t)
	token := armToken(t, s, entratest.Erin, entratest.TenantFabrikam)
	for body, want := range map[string]int{
		`{"id":"` + entratest.SubscriptionID("by hand") + `","name":"by hand","state":"Enabled","tenant":"` + entratest.TenantFabrikam + `","readers":["` + entratest.Erin + `"]}`: 200,
		`{"id":"x","tenant":"` + entratest.TenantFabrikam + `"}`: 400, `{"nonsense":1}`: 400, "": 200,
	} {
		resp, err := s.Client().Post(s.URL+"/.sim/subscriptions", "application/json", strings.NewReader(body))
		if err != nil || resp.StatusCode != want {
			t.Errorf("%s: %v, %v", body, resp, err)
		}
		resp.Body.Close()
	}
	names, _ := armList(t, s, "/subscriptions"+armVersion, token, "displayName")
	if slices.Sort(names); !slices.Equal(names, []string{"Fabrikam Data", "by hand"}) {
		t.Errorf("got %q", names)
	}
}
