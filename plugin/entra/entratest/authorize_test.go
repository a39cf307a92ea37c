package entratest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

const (
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	redirect = "http://localhost:5000"
)

// authorizeQuery is an authorization request that is in order, with changes: name and value in turn, "" for none.
func authorizeQuery(changes ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {entratest.ClientID}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {"openid offline_access User.Read"},
		"state": {"the state"}, "nonce": {"the nonce"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for pair := range slices.Chunk(changes, 2) {
		if q.Set(pair[0], pair[1]); pair[1] == "" {
			q.Del(pair[0])
		}
	}
	return q
}

// A tab is a browser that stops at redirects. It keeps cookies.
type tab struct {
	t      *testing.T
	server *entratest.Server
	client *http.Client
}

func newTab(t *testing.T, s *entratest.Server) tab {
	c := trusting(s.CertPEM())
	c.Jar, _ = cookiejar.New(nil)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return tab{t, s, c}
}

func (b tab) address(tenant string, q url.Values) string {
	return b.server.URL + "/" + tenant + "/oauth2/v2.0/authorize?" + q.Encode()
}

// open asks for a page, and says where it redirects to.
func (b tab) open(q url.Values) (page, location string) {
	b.t.Helper()
	return b.read(b.client.Get(b.address(entratest.DomainContoso, q)))
}

// choose is a click on the page.
func (b tab) choose(q url.Values, action, user string) (page, location string) {
	b.t.Helper()
	return b.read(b.client.PostForm(b.address(entratest.DomainContoso, q), url.Values{"action": {action}, "user": {user}}))
}

func (b tab) read(resp *http.Response, err error) (page, location string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return string(text), resp.Header.Get("Location")
}

// code signs Alice in and returns the code that came of it.
func (b tab) code(changes ...string) string {
	b.t.Helper()
	_, location := b.choose(authorizeQuery(changes...), "approve", "alice")
	u, err := url.Parse(location)
	if err != nil || u.Query().Get("code") == "" {
		b.t.Fatalf("no code in %q", location)
	}
	return u.Query().Get("code")
}

func redeem(t *testing.T, s *entratest.Server, code string, changes ...string) (int, map[string]any) {
	t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {entratest.ClientID}, "code": {code}, "redirect_uri": {redirect}, "code_verifier": {verifier}}
	tenant := entratest.TenantContoso
	for pair := range slices.Chunk(changes, 2) {
		if pair[0] == "tenant" {
			tenant = pair[1]
		}
		form.Set(pair[0], pair[1])
	}
	return post(t, trusting(s.CertPEM()), s.URL+"/"+tenant+"/oauth2/v2.0/token", form)
}

func TestAuthorizeModes(t *testing.T) {
	b := newTab(t, newServer(t))
	for mode, want := range map[string]string{"": redirect + "/?", "query": redirect + "/?", "fragment": redirect + "/#"} {
		q := authorizeQuery("response_mode", mode)
		if page, location := b.open(q); !strings.Contains(page, "Alice Adams") || location != "" {
			t.Errorf("%q: %s %s", mode, location, page)
		}
		_, location := b.choose(q, "approve", "alice")
		answer, err := url.ParseQuery(strings.TrimPrefix(location, want))
		if err != nil || !strings.HasPrefix(location, want) || answer.Get("state") != "the state" || answer.Get("code") == "" || strings.Contains(location, "+") {
			t.Errorf("%q: %s", mode, location)
		}
		b.client.Jar, _ = cookiejar.New(nil)
	}
	page, location := b.choose(authorizeQuery("response_mode", "form_post"), "approve", "alice")
	for _, part := range []string{`method="post" action="` + redirect + `"`, `name="state" value="the state"`, `name="code" value="1.A`} {
		if !strings.Contains(page, part) || location != "" {
			t.Errorf("no %s in %s", part, page)
		}
	}
}

// The person's own ID token tells for which request it was issued, and the code serves once.
func TestAuthorizationCode(t *testing.T) {
	s := newServer(t)
	b := newTab(t, s)
	code := b.code()
	status, answer := redeem(t, s, code)
	id, _ := answer["id_token"].(string)
	parts := strings.Split(id, ".")
	if status != 200 || len(parts) != 3 {
		t.Fatalf("%d %v", status, answer)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if !strings.Contains(string(payload), `"nonce":"the nonce"`) || !strings.Contains(string(payload), entratest.Alice) {
		t.Errorf("ID token %s", payload)
	}
	if status, answer := redeem(t, s, code); status != 400 || number(answer) != 54005 {
		t.Errorf("the second time: %d %v", status, answer)
	}
	_, answer = redeem(t, s, b.code("claims", `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`))
	token, err := s.VerifyToken(answer["access_token"].(string), "https://graph.microsoft.com")
	if err != nil || fmt.Sprint(token["acrs"]) != "[c1]" {
		t.Errorf("the claims of the authorization request: %v, %v", token, err)
	}
	if secrets := strings.Join(s.Secrets(), " "); !strings.Contains(secrets, code) || !strings.Contains(secrets, verifier) {
		t.Error("code and verifier are not among the secrets")
	}
}

func number(answer map[string]any) int {
	codes, _ := answer["error_codes"].([]any)
	if len(codes) != 1 {
		return 0
	}
	n, _ := codes[0].(float64)
	return int(n)
}

func TestAuthorizationCodeRefused(t *testing.T) {
	now := time.Now()
	s := newServer(t, entratest.WithClock(func() time.Time { return now }))
	b := newTab(t, s)
	for _, test := range []struct {
		changes []string
		name    string
		aadsts  int
	}{
		{[]string{"code", "x"}, "invalid_grant", 9002313},
		{[]string{"code", ""}, "invalid_request", 900144},
		{[]string{"client_id", entratest.ClientID2}, "invalid_grant", 70000},
		{[]string{"redirect_uri", redirect + "/"}, "invalid_client", 500112},
		{[]string{"redirect_uri", "http://localhost:5001"}, "invalid_client", 500112},
		{[]string{"redirect_uri", ""}, "invalid_request", 900144},
		{[]string{"code_verifier", verifier[1:]}, "invalid_grant", 501481},
		{[]string{"code_verifier", ""}, "invalid_grant", 501481},
		{[]string{"tenant", entratest.TenantFabrikam}, "invalid_grant", 700005},
		{[]string{"tenant", "common"}, "invalid_grant", 700005},
	} {
		if status, answer := redeem(t, s, b.code(), test.changes...); status < 400 || answer["error"] != test.name || number(answer) != test.aadsts {
			t.Errorf("%v: %d %v %v", test.changes, status, answer["error"], answer["error_description"])
		}
	}
	code := b.code()
	now = now.Add(10 * time.Minute)
	if _, answer := redeem(t, s, code); number(answer) != 70008 {
		t.Errorf("an old code: %v", answer)
	}
	req, _ := http.NewRequest("POST", s.URL+"/common/oauth2/v2.0/token", strings.NewReader("grant_type=authorization_code&client_id="+entratest.ClientID))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "http://localhost:5000")
	resp, err := b.client.Do(req)
	if page, _ := b.read(resp, err); !strings.Contains(page, "AADSTS9002326") {
		t.Errorf("from a page's script: %s", page)
	}
}

// What is wrong is shown to the person where nobody can be sent back, and told to the client otherwise.
func TestAuthorizeRefused(t *testing.T) {
	b := newTab(t, newServer(t))
	for _, test := range []struct{ name, value, shown, told string }{
		{"client_id", "", "AADSTS900144", ""},
		{"client_id", entratest.TenantContoso, "AADSTS700016", ""},
		{"redirect_uri", "", "AADSTS900971", ""},
		{"redirect_uri", "http://localhost:5000/callback", "AADSTS50011", ""},
		{"client_id", entratest.ConfidentialClientID, "AADSTS50011", ""},
		{"scope", "", "", "invalid_request AADSTS900144"},
		{"state", "", "", "invalid_request AADSTS900144"},
		{"nonce", "", "", "invalid_request AADSTS900144"},
		{"response_type", "id_token", "", "unsupported_response_type AADSTS700054"},
		{"response_mode", "web_message", "", "invalid_request AADSTS70007"},
		{"code_challenge", "", "", "invalid_request AADSTS9002325"},
		{"code_challenge", "short", "", "invalid_request AADSTS501491"},
		{"code_challenge_method", "plain", "", "invalid_request AADSTS501491"},
		{"code_challenge_method", "", "", "invalid_request AADSTS501491"},
		{"prompt", "none", "", "login_required AADSTS50058"},
		{"prompt", "whatever", "", "invalid_request AADSTS90023"},
		{"claims", "{", "", "invalid_request AADSTS90100"},
	} {
		q := authorizeQuery(test.name, test.value)
		page, location := b.open(q)
		if test.shown != "" && (location != "" || !strings.Contains(page, test.shown)) {
			t.Errorf("%s=%s: %s %s", test.name, test.value, location, page)
		}
		if test.told == "" {
			continue
		}
		u, _ := url.Parse(location)
		if got := u.Query().Get("error") + " " + u.Query().Get("error_description"); !strings.HasPrefix(got, test.told+": ") || !strings.Contains(got, "\r\nTrace ID: ") || u.Query().Get("state") != q.Get("state") {
			t.Errorf("%s=%s: %q", test.name, test.value, location)
		}
	}
	if page, location := b.choose(authorizeQuery(), "approve", "erin"); location != "" || !strings.Contains(page, "AADSTS50020") || !strings.Contains(page, "Alice Adams") {
		t.Errorf("no guest of the tenant: %s %s", location, page)
	}
	if _, location := b.choose(authorizeQuery(), "decline", ""); !strings.Contains(location, "error=access_denied&") || !strings.Contains(location, "AADSTS65004") || !strings.Contains(location, "error_subcode=cancel") {
		t.Errorf("declined: %s", location)
	}
}

func TestRedirectURIs(t *testing.T) {
	b := newTab(t, newServer(t))
	for address, ok := range map[string]bool{
		"http://localhost": true, "http://localhost/": true, "http://localhost:1": true, "http://localhost:65535/": true,
		"https://login.microsoftonline.com/common/oauth2/nativeclient": true, "http://127.0.0.1:5000/Callback": true, "http://127.0.0.1/Callback": true,
		"http://LOCALHOST": false, "https://localhost": false, "http://localhost/callback": false, "http://localhost:5000?x=1": false, "http://localhost#x": false,
		"http://me@localhost": false, "http://localhost.example": false, "http://127.0.0.1:5000": false, "http://127.0.0.1:5000/callback": false, "http://[::1]:5000": false,
		"https://login.microsoftonline.com/common/oauth2/NativeClient": false, "urn:ietf:wg:oauth:2.0:oob": false, "javascript:alert(1)": false,
	} {
		page, _ := b.open(authorizeQuery("client_id", entratest.ClientID2, "redirect_uri", address))
		if got := !strings.Contains(page, "AADSTS50011"); got != ok {
			t.Errorf("%s is taken: %v", address, got)
		}
	}
}

// A browser in which somebody has signed in goes straight through, unless the client or the hint wants somebody to choose.
func TestAuthorizePrompt(t *testing.T) {
	s := newServer(t)
	b := newTab(t, s)
	b.code()
	straight := func(changes ...string) bool {
		_, location := b.open(authorizeQuery(changes...))
		return strings.Contains(location, "code=1.A")
	}
	for _, changes := range [][]string{nil, {"prompt", "none"}, {"login_hint", strings.ToUpper(entratest.Alice)}, {"login_hint", entratest.Alice, "prompt", "none"}} {
		if !straight(changes...) {
			t.Errorf("%v: somebody is asked", changes)
		}
	}
	for _, changes := range [][]string{{"prompt", "login"}, {"prompt", "consent"}, {"prompt", "select_account"}, {"login_hint", entratest.Bob}, {"login_hint", entratest.Bob, "prompt", "none"}} {
		if straight(changes...) {
			t.Errorf("%v: nobody is asked", changes)
		}
	}
	for _, test := range []struct{ name, value, shown string }{
		{"prompt", "consent", "<code>User.Read</code>"}, {"prompt", "select_account", "Pick an account"}, {"prompt", "login", "<h1>Sign in</h1>"},
		{"login_hint", entratest.Bob, `value="bob@contoso.example" checked`}, {"domain_hint", entratest.DomainFabrikam, `value="carol@fabrikam.example" checked`},
	} {
		if page, _ := newTab(t, s).open(authorizeQuery(test.name, test.value)); !strings.Contains(page, test.shown) {
			t.Errorf("%s=%s: %s", test.name, test.value, page)
		}
	}
	demanded := `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	s.RequireClaims(demanded)
	s.Set(func(o *entratest.Settings) { o.ClaimsNeedPerson = true })
	if _, location := b.open(authorizeQuery("prompt", "none", "claims", demanded)); !strings.Contains(location, "error=interaction_required&") || straight("claims", demanded) {
		t.Errorf("a challenge: %s", location)
	}
	s.RevokeSessions("alice")
	if straight() {
		t.Error("a browser is still known after its person's sessions were revoked")
	}
}

// An application that has the answer may end before its last page was fetched: that is no fault of the visit's.
func TestVisitThatIsLeft(t *testing.T) {
	s := newServer(t)
	brought := make(chan string, 1)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			brought <- r.FormValue("code")
			http.Redirect(w, r, "/page", http.StatusSeeOther)
			return
		}
		panic(http.ErrAbortHandler) // as what has ended
	}))
	defer app.Close()
	address := s.URL + "/" + entratest.TenantContoso + "/oauth2/v2.0/authorize?" + authorizeQuery("response_mode", "form_post",
		"redirect_uri", strings.Replace(app.URL, "127.0.0.1", "localhost", 1)).Encode()
	if page, err := s.Visit(t.Context(), address, "alice"); page != "" || err != nil || <-brought == "" {
		t.Errorf("%q, %v", page, err)
	}
	app.Close()
	if _, err := s.Visit(t.Context(), address, "alice"); err == nil {
		t.Error("nobody has the answer")
	}
}
