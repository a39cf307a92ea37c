//go:build unix

package browser

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A stranger is somebody with a browser of Go's at the provider.
type stranger struct {
	*world
	http.Client
}

func (w *world) stranger() *stranger {
	w.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	return &stranger{w, http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.pool}}}}
}

// read returns the text of a page, and where redirects led to.
func (s *stranger) read(resp *http.Response, err error) (status int, at, page string) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return resp.StatusCode, resp.Request.URL.String(), string(body)
}

var (
	field  = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"/>`)
	action = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
)

// form signs somebody in at an address, and returns the form that is meant for entralogin, and where it goes.
func (s *stranger) form(address string) (to string, form url.Values) {
	s.Helper()
	_, at, _ := s.read(s.Get(address))
	_, _, page := s.read(s.PostForm(at, url.Values{"name": {"alice"}}))
	found := action.FindStringSubmatch(page)
	if found == nil {
		s.Fatalf("no form in %s\n%s", page, &s.said)
	}
	form = url.Values{}
	for _, f := range field.FindAllStringSubmatch(page, -1) {
		form.Set(f[1], html.UnescapeString(f[2]))
	}
	return html.UnescapeString(found[1]), form
}

// authorize is where the address of a sign-in leads to.
func (s *stranger) authorize(address string) *url.URL {
	s.Helper()
	s.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { s.CheckRedirect = nil }()
	resp, err := s.Get(address)
	if err != nil {
		s.Fatal(err)
	}
	resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		s.Fatal(err)
	}
	return to
}

// redeem asks for a token with a code of entralogin's.
func (s *stranger) redeem(form url.Values, redirect, verifier string) (status int, answer string) {
	s.Helper()
	status, _, answer = s.read(s.PostForm("https://"+s.host+"/"+entratest.TenantContoso+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {entratest.ClientID}, "code": form["code"], "redirect_uri": {redirect}, "code_verifier": {verifier}}))
	return status, answer
}

// Who sees the form that is meant for entralogin has a code that is worth nothing to him: he lacks the verifier.
func TestStolenCode(t *testing.T) {
	w := newProvider(t)
	s, thief := w.get(), w.stranger()
	to, form := thief.form(s.shown)
	if to != s.origin() || form.Get("code") == "" {
		t.Fatalf("the form for %s is %v", to, form)
	}
	if status, answer := thief.redeem(form, to, strings.Repeat("v", 52)); status != http.StatusBadRequest || !strings.Contains(answer, "invalid_grant") {
		t.Errorf("with another verifier: %d %s", status, answer)
	}
	if status, _, page := thief.read(thief.PostForm(to, form)); status != http.StatusOK || !strings.Contains(page, "alice@contoso.example is signed in") {
		t.Errorf("%d %s\n%s", status, page, &w.said)
	}
	s.end(0)
}

// Who brings entralogin a code of another sign-in, state and all, signs nobody in: the verifier is not that of the code.
// And a code serves once.
func TestForeignCode(t *testing.T) {
	const verifier = "a-verifier-of-somebody-else-0123456789-0123456789"
	w := newProvider(t)
	s, thief := w.get(), w.stranger()
	start := thief.authorize(s.shown)
	q := start.Query()
	challenge := sha256.Sum256([]byte(verifier))
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
	start.RawQuery = q.Encode()
	to, form := thief.form(start.String())
	if status, answer := thief.redeem(form, to, verifier); status != http.StatusOK {
		t.Errorf("%d %s", status, answer)
	}
	if status, answer := thief.redeem(form, to, verifier); status != http.StatusBadRequest || !strings.Contains(answer, "invalid_grant") {
		t.Errorf("a second time: %d %s", status, answer)
	}
	to, form = thief.form(start.String())
	if status, _, page := thief.read(thief.PostForm(to, form)); status != http.StatusOK || !strings.Contains(page, "Not signed in") {
		t.Errorf("%d %s", status, page)
	}
	s.end(5, "invalid_grant")
	if s.stdout.Len() != 0 {
		t.Errorf("an answer: %s", &s.stdout)
	}
}
