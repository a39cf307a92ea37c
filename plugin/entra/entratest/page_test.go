package entratest_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The person's way: enter the code, see what it is for, choose who to be, continue or cancel.
func TestPage(t *testing.T) {
	s := newServer(t)
	page := s.URL + "/devicelogin"
	visit := func(resp *http.Response, err error) (int, string) {
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") || !strings.Contains(resp.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("headers are %v", resp.Header)
		}
		return resp.StatusCode, string(body)
	}
	if status, html := visit(s.Client().Get(page)); status != 200 || !strings.Contains(html, `<input name="code"`) {
		t.Errorf("first page is %d %s", status, html)
	}
	if status, html := visit(s.Client().Get(page + "?code=" + url.QueryEscape(`"><script>alert(1)</script>`))); status != 400 || strings.Contains(html, "<script") {
		t.Errorf("a wrong code gets %d %s", status, html)
	}
	code := begin(t, s, "User.Read")
	typed := strings.ToLower(code["user_code"].(string)[:4] + "-" + code["user_code"].(string)[4:])
	status, html := visit(s.Client().Get(page + "?code=" + typed))
	for _, want := range []string{"Sign in to entralogin?", "Contoso", entratest.Alice, entratest.Carol, "D&#39;Souza"} {
		if status != 200 || !strings.Contains(html, want) {
			t.Errorf("second page is %d and lacks %q", status, want)
		}
	}
	if status, _ := visit(s.Client().PostForm(page, url.Values{"code": {typed}, "action": {"approve"}, "user": {"nobody"}})); status != 400 {
		t.Errorf("nobody could approve: %d", status)
	}
	if status, html := visit(s.Client().PostForm(page, url.Values{"code": {typed}, "action": {"approve"}, "user": {entratest.Bob}})); status != 200 || !strings.Contains(html, "You are signed in") {
		t.Errorf("last page is %d %s", status, html)
	}
	_, tokens := poll(t, s, code, rfcGrant)
	if claims, err := s.VerifyToken(tokens["access_token"].(string), ""); err != nil || claims["upn"] != entratest.Bob {
		t.Errorf("claims are %v, %v", claims, err)
	}
	code = begin(t, s, "User.Read")
	if status, html := visit(s.Client().PostForm(page, url.Values{"code": {code["user_code"].(string)}, "action": {"decline"}})); status != 200 || !strings.Contains(html, "You declined") {
		t.Errorf("last page is %d %s", status, html)
	}
	status, body := poll(t, s, code, rfcGrant)
	wantError(t, status, body, "authorization_declined", 0)
	if n := s.Requests("*"); n != s.Requests("devicecode")+s.Requests("token") || s.Requests("page") == 0 {
		t.Errorf("%d requests", n)
	}
}
