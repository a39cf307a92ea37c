package entratest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A handClock stands still until it is moved.
type handClock struct {
	mu sync.Mutex
	t  time.Time
}

func newHandClock() *handClock { return &handClock{t: time.Now()} }

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *handClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func TestDeviceCodeAnswer(t *testing.T) {
	s := newServer(t)
	code := begin(t, s, "User.Read offline_access openid")
	userCode, page := code["user_code"].(string), code["verification_uri"].(string)
	if !regexp.MustCompile(`^[A-Z2-9]{9}$`).MatchString(userCode) {
		t.Errorf("user code is %q", userCode)
	}
	if page != s.URL+"/devicelogin" || code["expires_in"] != 900.0 || code["interval"] != 5.0 {
		t.Errorf("answer is %v", code)
	}
	want := fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, userCode)
	if code["message"] != want {
		t.Errorf("message is %q", code["message"])
	}
	if got := s.PendingCodes(); len(got) != 1 || got[0] != userCode {
		t.Errorf("pending codes are %q", got)
	}
}

func TestDeviceCodeGrant(t *testing.T) {
	for _, grant := range []string{"device_code", rfcGrant} {
		t.Run(grant, func(t *testing.T) {
			s := newServer(t)
			code := begin(t, s, "User.Read offline_access openid profile")
			status, body := poll(t, s, code, grant)
			wantError(t, status, body, "authorization_pending", 70016)
			if err := s.Approve(strings.ToLower(code["user_code"].(string)), "alice"); err != nil {
				t.Fatal(err)
			}
			status, tokens := poll(t, s, code, grant)
			if status != http.StatusOK || tokens["token_type"] != "Bearer" || tokens["expires_in"] != 3600.0 {
				t.Fatalf("answer is %d %v", status, tokens)
			}
			for _, name := range []string{"access_token", "refresh_token", "id_token", "client_info"} {
				if tokens[name] == nil {
					t.Errorf("no %s", name)
				}
			}
			status, body = poll(t, s, code, grant)
			wantError(t, status, body, "invalid_grant", 70000)
			if n := s.Requests("token"); n != 3 {
				t.Errorf("%d token requests", n)
			}
			if log := s.RequestLog(); log[len(log)-1].Grant != "device_code" || log[1].Error != "authorization_pending" {
				t.Errorf("log is %+v", log)
			}
		})
	}
}

// A client gets what it asked for: no refresh token without offline_access, no ID token without openid.
func TestScopesDecideTokens(t *testing.T) {
	s := newServer(t)
	s.AutoApprove(entratest.Alice, 0)
	tokens := signIn(t, s.Client(), s.URL, entratest.TenantContoso, entratest.ServerID+"/.default")
	if tokens["refresh_token"] != nil || tokens["id_token"] != nil {
		t.Error("tokens that were not asked for")
	}
	if want := entratest.ServerID + "/user.read " + entratest.ServerID + "/.default"; tokens["scope"] != want {
		t.Errorf("scope is %q, want %q", tokens["scope"], want)
	}
	s.Set(func(o *entratest.Settings) { o.OmitRefreshToken, o.OmitIDToken, o.OmitClientInfo = true, true, true })
	tokens = signIn(t, s.Client(), s.URL, entratest.TenantContoso, "User.Read openid offline_access")
	if tokens["refresh_token"] != nil || tokens["id_token"] != nil || tokens["client_info"] != nil {
		t.Error("tokens that were to be left out")
	}
}

func TestDecline(t *testing.T) {
	s := newServer(t)
	code := begin(t, s, "User.Read")
	if err := s.Decline(""); err != nil {
		t.Fatal(err)
	}
	status, body := poll(t, s, code, rfcGrant)
	wantError(t, status, body, "authorization_declined", 0)
	if err := s.Approve("", entratest.Alice); err == nil {
		t.Error("a declined code could be approved")
	}
	s.AutoDecline(0)
	status, body = poll(t, s, begin(t, s, "User.Read"), rfcGrant)
	wantError(t, status, body, "authorization_declined", 0)
}

func TestCodeExpires(t *testing.T) {
	clock := newHandClock()
	s := newServer(t, entratest.WithClock(clock.now))
	code := begin(t, s, "User.Read")
	clock.add(15*time.Minute - time.Second)
	status, body := poll(t, s, code, rfcGrant)
	wantError(t, status, body, "authorization_pending", 70016)
	clock.add(time.Second)
	status, body = poll(t, s, code, rfcGrant)
	wantError(t, status, body, "expired_token", 70020)
	if err := s.Approve("", entratest.Alice); err == nil {
		t.Error("an expired code could be approved")
	}
}

// RFC 8628, section 3.5: slow_down adds five seconds for this code, for good, however long the client then waits.
func TestEnforcedInterval(t *testing.T) {
	clock := newHandClock()
	s := newServer(t, entratest.WithClock(clock.now))
	s.Set(func(o *entratest.Settings) { o.EnforceInterval = true })
	code := begin(t, s, "User.Read")
	for i, step := range []struct {
		wait time.Duration
		want string
	}{
		{0, "authorization_pending"}, // nothing came before it
		{5 * time.Second, "authorization_pending"},
		{4 * time.Second, "slow_down"}, // 10 s from here on
		{9 * time.Second, "slow_down"}, // 15 s
		{15 * time.Second, "authorization_pending"},
		{14 * time.Second, "slow_down"}, // 20 s
		{20 * time.Second, "authorization_pending"},
	} {
		clock.add(step.wait)
		if _, body := poll(t, s, code, rfcGrant); body["error"] != step.want {
			t.Errorf("poll %d: %v, want %s", i, body["error"], step.want)
		}
	}
	s.Approve("", entratest.Alice)
	clock.add(20 * time.Second)
	if status, body := poll(t, s, code, rfcGrant); status != http.StatusOK {
		t.Errorf("answer is %d %v", status, body["error"])
	}
}

func TestAutoApproveLater(t *testing.T) {
	clock := newHandClock()
	s := newServer(t, entratest.WithClock(clock.now))
	s.AutoApprove(entratest.Bob, 3*time.Second)
	code := begin(t, s, "User.Read")
	if got := s.PendingCodes(); len(got) != 1 {
		t.Errorf("pending codes are %q", got)
	}
	status, body := poll(t, s, code, rfcGrant)
	wantError(t, status, body, "authorization_pending", 70016)
	clock.add(3 * time.Second)
	if status, body := poll(t, s, code, rfcGrant); status != http.StatusOK {
		t.Errorf("answer is %d %v", status, body["error"])
	}
	s.AutoApprove("", 0)
	status, body = poll(t, s, begin(t, s, "User.Read"), rfcGrant)
	wantError(t, status, body, "authorization_pending", 70016)
}

func TestWaitForCode(t *testing.T) {
	s := newServer(t)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.WaitForCode(short); err == nil {
		t.Error("there is no code to wait for")
	}
	got := make(chan string, 1)
	go func() {
		code, _ := s.WaitForCode(t.Context())
		got <- code
	}()
	code := begin(t, s, "User.Read")
	select {
	case c := <-got:
		if c != code["user_code"] {
			t.Errorf("code is %q, want %q", c, code["user_code"])
		}
	case <-time.After(2 * time.Minute):
		t.Error("nobody told of the code")
	}
}

// Each mistake of a client gets the number that Entra gives it.
func TestRefusals(t *testing.T) {
	s := newServer(t)
	contoso := "/" + entratest.TenantContoso
	for _, test := range []struct {
		name, path string
		form       url.Values
		want       string
		aadsts     float64
	}{
		{"unknown tenant", "/11111111-2222-4333-8444-555555555555/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {"User.Read"}}, "invalid_request", 90002},
		{"unknown domain", "/nobody.example/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID}, "grant_type": {"refresh_token"}}, "invalid_request", 90002},
		{"malformed tenant", "/no_tenant/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {"User.Read"}}, "invalid_request", 900023},
		{"unknown client", contoso + "/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.TenantContoso}, "scope": {"User.Read"}}, "unauthorized_client", 700016},
		{"no client", contoso + "/oauth2/v2.0/devicecode", url.Values{"scope": {"User.Read"}}, "invalid_request", 900144},
		{"no scope", contoso + "/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.ClientID}}, "invalid_request", 900144},
		{"bad scope", contoso + "/oauth2/v2.0/devicecode", url.Values{"client_id": {entratest.ClientID}, "scope": {"User.Read\x01"}}, "invalid_scope", 70011},
		{"no grant", contoso + "/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID}}, "invalid_request", 900144},
		{"unknown grant", contoso + "/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID}, "grant_type": {"password"}}, "unsupported_grant_type", 70003},
		{"confidential client", contoso + "/oauth2/v2.0/token", url.Values{"client_id": {entratest.ConfidentialClientID}, "grant_type": {rfcGrant}, "device_code": {"x"}}, "invalid_client", 7000218},
		{"unknown device code", contoso + "/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID}, "grant_type": {rfcGrant}, "device_code": {"x"}}, "bad_verification_code", 70018},
		{"no device code", contoso + "/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID}, "grant_type": {rfcGrant}}, "invalid_request", 900144},
		{"unknown refresh token", contoso + "/oauth2/v2.0/token", url.Values{"client_id": {entratest.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {"x"}}, "invalid_grant", 9002313},
		{"body too large", contoso + "/oauth2/v2.0/token", url.Values{"grant_type": {strings.Repeat("x", 2<<20)}}, "invalid_request", 900144},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := post(t, s.Client(), s.URL+test.path, test.form)
			wantError(t, status, body, test.want, test.aadsts)
		})
	}
	status, body := get(t, s.Client(), s.URL+contoso+"/oauth2/v2.0/token", "")
	wantError(t, status, body, "invalid_request", 900561)
}

// What depends on the person and the resource is decided when the tokens are issued.
func TestRefusalsOnIssue(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct {
		name, user, scope, want string
		aadsts                  float64
	}{
		{"not in the tenant", entratest.Erin, "User.Read", "invalid_grant", 50020},
		{"no consent", entratest.Alice, "Mail.Send", "invalid_grant", 65001},
		{"unknown resource", entratest.Alice, "11111111-2222-4333-8444-555555555555/.default", "invalid_resource", 500011},
		{"two resources", entratest.Alice, "User.Read " + entratest.ServerID + "/.default", "invalid_scope", 28000},
		{"default and more", entratest.Alice, entratest.ServerID + "/.default " + entratest.ServerID + "/user.read", "invalid_scope", 70011},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.AutoApprove(test.user, 0)
			status, body := poll(t, s, begin(t, s, test.scope), rfcGrant)
			wantError(t, status, body, test.want, test.aadsts)
		})
	}
}

// An error carries the caller's correlation ID, in its field, in its text and in a header.
func TestCorrelation(t *testing.T) {
	s := newServer(t)
	const id = "12345678-1234-4321-8765-123456789012"
	form := strings.NewReader(url.Values{"client_id": {entratest.ClientID}, "grant_type": {"refresh_token"}, "refresh_token": {"x"}}.Encode())
	req, _ := http.NewRequestWithContext(t.Context(), "POST", s.URL+"/common/oauth2/v2.0/token", form)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("client-request-id", id)
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, body := read(t, resp)
	if body["correlation_id"] != id || resp.Header.Get("client-request-id") != id {
		t.Errorf("correlation ID is %v, in the header %q", body["correlation_id"], resp.Header.Get("client-request-id"))
	}
	text := regexp.MustCompile(`^AADSTS9002313: .* Trace ID: [0-9a-f-]{36} Correlation ID: ` + id + ` Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$`)
	if !text.MatchString(body["error_description"].(string)) {
		t.Errorf("description is %q", body["error_description"])
	}
}
