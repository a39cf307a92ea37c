package entratest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// signInByCode asks for a device code, approves it and polls once; it returns the error's number and whether there was
// a code at all.
func signInByCode(t *testing.T, s *entratest.Server, tenant string, approve bool) (n int, asked bool, answer map[string]any) {
	t.Helper()
	client, base := trusting(s.CertPEM()), s.URL+"/"+tenant+"/oauth2/v2.0/"
	_, code := post(t, client, base+"devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {"User.Read"}})
	if code["device_code"] == nil {
		return number(code), false, code
	}
	if approve {
		if err := s.Approve(code["user_code"].(string), "alice"); err != nil {
			t.Fatal(err)
		}
	}
	_, answer = post(t, client, base+"token", url.Values{"grant_type": {rfcGrant}, "client_id": {entratest.ClientID}, "device_code": {code["device_code"].(string)}})
	return number(answer), true, answer
}

func TestBlockDeviceCode(t *testing.T) {
	s := newServer(t)
	block := func(aadsts int, at string) {
		t.Helper()
		if err := s.Block(entratest.Block{Tenant: entratest.DomainContoso, Way: entratest.ByDeviceCode, AADSTS: aadsts, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	for _, aadsts := range []int{53003, 530035, 50097, 53000, 53001, 50127} {
		block(aadsts, "")
		if n, _, _ := signInByCode(t, s, entratest.TenantContoso, false); n != 70016 {
			t.Errorf("%d comes before the person: %d", aadsts, n)
		}
		n, asked, answer := signInByCode(t, s, entratest.TenantContoso, true)
		if n != aadsts || !asked || answer["error"] != "invalid_grant" || answer["suberror"] != "message_only" || !strings.Contains(answer["claims"].(string), "capolids") {
			t.Errorf("%d: %v", aadsts, answer)
		}
	}
	block(53003, "request")
	if n, asked, _ := signInByCode(t, s, "contoso.example", true); n != 53003 || asked {
		t.Errorf("at the request: %d %v", n, asked)
	}
	if n, _, answer := signInByCode(t, s, "common", true); n != 0 {
		t.Errorf("no tenant is named: %v", answer)
	}
	block(7000218, "")
	if n, asked, answer := signInByCode(t, s, entratest.TenantContoso, false); n != 7000218 || !asked || answer["error"] != "invalid_client" {
		t.Errorf("no public client: %v", answer)
	}
	block(53003, "")
	if n, _, answer := signInByCode(t, s, "common", true); n != 53003 {
		t.Errorf("by way of the home tenant: %v", answer)
	}
	// The browser passes, and so does what it leaves behind.
	status, answer := redeem(t, s, newTab(t, s).code())
	if status != http.StatusOK {
		t.Fatalf("the browser: %v", answer)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {entratest.ClientID}, "refresh_token": {answer["refresh_token"].(string)}}
	if status, answer := post(t, trusting(s.CertPEM()), s.URL+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", refresh); status != http.StatusOK {
		t.Errorf("the refresh token: %v", answer)
	}
	block(0, "")
	if n, _, answer := signInByCode(t, s, entratest.TenantContoso, true); n != 0 {
		t.Errorf("the block has ended: %v", answer)
	}
}

// The person sees on the page what the client hears.
func TestBlockOnPage(t *testing.T) {
	s := newServer(t)
	if err := s.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: 53003}); err != nil {
		t.Fatal(err)
	}
	client := trusting(s.CertPEM())
	_, code := post(t, client, s.URL+"/contoso.example/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {"User.Read"}})
	page, _ := tab{t, s, client}.read(client.PostForm(s.URL+"/devicelogin", url.Values{"code": {code["user_code"].(string)}, "user": {"alice"}, "action": {"approve"}}))
	if !strings.Contains(page, "access this right now. AADSTS53003") || strings.Contains(page, "signed in") {
		t.Errorf("the page is %s", page)
	}
}

func TestBlockBrowser(t *testing.T) {
	s := newServer(t)
	set := func(at string) {
		t.Helper()
		resp, err := trusting(s.CertPEM()).Post(s.URL+"/.sim/block", "application/json", strings.NewReader(`{"way":"browser","aadsts":53003,"at":"`+at+`"}`))
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatal(resp, err)
		}
		resp.Body.Close()
	}
	set("")
	page, location := newTab(t, s).choose(authorizeQuery(), "approve", "alice")
	if location != "" || !strings.Contains(page, "AADSTS53003") || !strings.Contains(page, `href="`+redirect+`"`) {
		t.Errorf("on the page: %s %s", location, page)
	}
	set("redirect")
	if _, location := newTab(t, s).choose(authorizeQuery(), "approve", "alice"); !strings.Contains(location, "error=access_denied&error_description=AADSTS53003") {
		t.Errorf("by redirect: %s", location)
	}
	set("token")
	if _, answer := redeem(t, s, newTab(t, s).code()); number(answer) != 53003 || answer["error"] != "invalid_grant" {
		t.Errorf("at the token endpoint: %v", answer)
	}
	if n, _, answer := signInByCode(t, s, entratest.TenantContoso, true); n != 0 {
		t.Errorf("a device code: %v", answer)
	}
	for _, b := range []entratest.Block{{Way: "broker"}, {Way: "browser", At: "request"}, {Way: "devicecode", At: "page"}, {Way: "browser", AADSTS: -1}, {Way: "browser", Tenant: "x"}} {
		if s.Block(b) == nil {
			t.Errorf("%+v is taken", b)
		}
	}
}
