package entratest_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const everything = "openid profile offline_access User.Read"

// The tokens hold what Entra's hold, and the signature can be checked with nothing but the published key.
func TestTokens(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	tokens := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)
	access := verifyIndependently(t, s.Client(), s.URL, tokens["access_token"].(string))
	id := verifyIndependently(t, s.Client(), s.URL, tokens["id_token"].(string))
	for name, want := range map[string]any{
		"iss": s.URL + "/" + entratest.TenantContoso + "/v2.0", "tid": entratest.TenantContoso, "ver": "2.0",
		"oid": entratest.UserID(entratest.Alice, entratest.TenantContoso), "preferred_username": entratest.Alice, "name": "Alice Adams",
	} {
		if access[name] != want || id[name] != want {
			t.Errorf("%s is %v in the access token, %v in the ID token; want %v", name, access[name], id[name], want)
		}
	}
	if id["aud"] != entratest.ClientID || access["aud"] != "https://graph.microsoft.com" || access["azp"] != entratest.ClientID {
		t.Errorf("audiences are %v and %v", id["aud"], access["aud"])
	}
	if scp := strings.Fields(access["scp"].(string)); len(scp) != 4 || scp[3] != "User.Read" {
		t.Errorf("scp is %q", scp)
	}
	if left := time.Until(time.Unix(int64(access["exp"].(float64)), 0)); left < 59*time.Minute || left > 61*time.Minute {
		t.Errorf("token lives for %v", left)
	}
	if groups := access["groups"].([]any); groups[0] != entratest.GroupID(entratest.TenantContoso, "platform") {
		t.Errorf("groups are %v", groups)
	}
	info, _ := base64.RawURLEncoding.DecodeString(tokens["client_info"].(string))
	if want := `{"uid":"` + entratest.UserID(entratest.Alice, entratest.TenantContoso) + `","utid":"` + entratest.TenantContoso + `"}`; string(info) != want {
		t.Errorf("client_info is %s", info)
	}
}

func TestVerifyToken(t *testing.T) {
	clock := newHandClock()
	s := newServer(t, entratest.WithClock(clock.now))
	other := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	raw := signIn(t, s.Client(), s.URL, entratest.TenantContoso, entratest.ServerID+"/.default")["access_token"].(string)
	if _, err := s.VerifyToken(raw, entratest.ServerID); err != nil {
		t.Error(err)
	}
	if _, err := s.VerifyToken(raw, entratest.ClientID); err == nil {
		t.Error("another audience was accepted")
	}
	if _, err := other.VerifyToken(raw, ""); err == nil {
		t.Error("another server's token was accepted")
	}
	i := strings.LastIndexByte(raw, '.')
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + raw[strings.IndexByte(raw, '.'):i+1]
	for _, bad := range []string{"", "..", "a.b.c", none, raw[:i], raw[:i+1] + "AAAA" + raw[i+5:], "e30" + raw[strings.IndexByte(raw, '.'):]} {
		if _, err := s.VerifyToken(bad, ""); err == nil {
			t.Errorf("%.20q was accepted", bad)
		}
	}
	clock.add(time.Hour)
	if _, err := s.VerifyToken(raw, ""); err == nil {
		t.Error("an expired token was accepted")
	}
}

// A refresh token of a guest serves both tenants, where the guest has two object IDs and one home account.
func TestRefreshAcrossTenants(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Carol, 0)
	first := signIn(t, s.Client(), s.URL, entratest.TenantFabrikam, everything)
	status, second := renew(t, s, entratest.TenantContoso, first["refresh_token"].(string), entratest.ServerID+"/.default")
	if status != http.StatusOK {
		t.Fatalf("answer is %d %v", status, second)
	}
	claims, err := s.VerifyToken(second["access_token"].(string), entratest.ServerID)
	if err != nil {
		t.Fatal(err)
	}
	if claims["oid"] != entratest.UserID(entratest.Carol, entratest.TenantContoso) || claims["tid"] != entratest.TenantContoso || claims["idp"] == nil {
		t.Errorf("claims are %v", claims)
	}
	if home := entratest.UserID(entratest.Carol, entratest.TenantFabrikam); claims["oid"] == home || entratest.HomeAccountID(entratest.Carol) != home+"."+entratest.TenantFabrikam {
		t.Error("a guest has the object ID of home")
	}
	s.AutoApprove(entratest.Alice, 0)
	alice := signIn(t, s.Client(), s.URL, "organizations", everything)
	status, body := renew(t, s, entratest.TenantFabrikam, alice["refresh_token"].(string), everything)
	wantError(t, status, body, "invalid_grant", 50020)
}

func TestRotation(t *testing.T) {
	for _, strict := range []bool{false, true} {
		s := newServer(t)
		s.Set(func(o *entratest.Settings) { o.RotateStrict = strict })
		s.AutoApprove(entratest.Alice, 0)
		old := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)["refresh_token"].(string)
		_, answer := renew(t, s, entratest.TenantContoso, old, everything)
		fresh, _ := answer["refresh_token"].(string)
		if fresh == "" || fresh == old {
			t.Fatal("no new refresh token")
		}
		status, body := renew(t, s, entratest.TenantContoso, old, everything)
		if !strict && status != http.StatusOK {
			t.Errorf("the old token got %d %v", status, body)
		}
		again, last := renew(t, s, entratest.TenantContoso, fresh, everything)
		if strict {
			wantError(t, status, body, "invalid_grant", 50173)
			wantError(t, again, last, "invalid_grant", 50173)
		} else if again != http.StatusOK {
			t.Errorf("the new token got %d %v", again, last)
		}
	}
}

func TestRefreshTokenEnds(t *testing.T) {
	clock := newHandClock()
	s := newServer(t, entratest.WithClock(clock.now))
	s.AutoApprove(entratest.Alice, 0)
	alice := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)["refresh_token"].(string)
	s.AutoApprove(entratest.Bob, 0)
	bob := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)["refresh_token"].(string)
	s.RevokeSessions(entratest.Alice)
	status, body := renew(t, s, entratest.TenantContoso, alice, everything)
	wantError(t, status, body, "invalid_grant", 50173)
	if status, body := renew(t, s, entratest.TenantContoso, bob, everything); status != http.StatusOK {
		t.Errorf("another user's token got %d %v", status, body)
	}
	clock.add(90 * 24 * time.Hour)
	status, body = renew(t, s, entratest.TenantContoso, bob, everything)
	wantError(t, status, body, "invalid_grant", 700082)
}

func TestSkew(t *testing.T) {
	s := newServer(t)
	s.Set(func(o *entratest.Settings) { o.Skew = -24 * time.Hour })
	s.AutoApprove(entratest.Alice, 0)
	tokens := signIn(t, s.Client(), s.URL, entratest.TenantContoso, everything)
	claims, err := s.VerifyToken(tokens["access_token"].(string), "")
	if err != nil {
		t.Fatal(err)
	}
	if exp := time.Unix(int64(claims["exp"].(float64)), 0); time.Since(exp) < 22*time.Hour {
		t.Errorf("token ends at %v", exp)
	}
	resp, err := s.Client().Get(s.URL + "/common/discovery/v2.0/keys")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if date, _ := http.ParseTime(resp.Header.Get("Date")); time.Since(date) < 23*time.Hour {
		t.Errorf("date is %v", date)
	}
}

func TestSecrets(t *testing.T) {
	s := newServer(t)
	code := begin(t, s, everything)
	s.Approve("", entratest.Alice)
	_, tokens := poll(t, s, code, rfcGrant)
	known := map[string]bool{}
	for _, secret := range s.Secrets() {
		known[secret] = true
	}
	for _, secret := range []any{code["device_code"], tokens["access_token"], tokens["refresh_token"], tokens["id_token"]} {
		if !known[secret.(string)] {
			t.Errorf("%.10v is not among the secrets", secret)
		}
	}
	if len(known) != 4 {
		t.Errorf("%d secrets", len(known))
	}
}
