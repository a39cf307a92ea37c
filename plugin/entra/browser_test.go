package entra

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/https"
)

// A visitor is the UI of a person with a browser: do gets the address when it is shown.
type visitor struct {
	do      func(address string)
	prompts []plugin.Prompt
	done    chan struct{}
}

func (v *visitor) Show(_ plugin.Request, p plugin.Prompt) error {
	v.prompts = append(v.prompts, p)
	v.done = make(chan struct{})
	go func() { defer close(v.done); v.do(p.URL) }()
	return nil
}
func (*visitor) Count(plugin.Request, plugin.Prompt) func() { return func() {} }

func browserOf(t *testing.T) (*entratest.Server, Browser, plugin.Request) {
	t.Helper()
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	s := &Service{Authority: authority.Authority{Host: sim.Host, Roots: sim.CertPool()}}
	r := plugin.Request{Asker: "kubectl <b>", PromptTimeout: time.Minute, Key: cache.Key{
		SessionID: cache.SessionID{Authority: sim.Host, Client: entratest.ClientID}, Tenant: entratest.TenantContoso,
		Scopes: []string{entratest.ServerID + "/.default"}, Kind: cache.Access}}
	return sim, Browser{Service: s, look: time.Minute}, r
}

// What is told apart by the tests: the last page, and the error.
func signInWith(t *testing.T, b Browser, r plugin.Request, do func(address string)) (plugin.Grant, *visitor, error) {
	t.Helper()
	v := &visitor{do: do}
	g, err := b.Grant(t.Context(), r, v)
	if v.done != nil {
		<-v.done
	}
	return g, v, err
}

// lines are what was said, by several goroutines.
type lines struct {
	mu   sync.Mutex
	said []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, line)
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.said, "\n")
}

// post sends a form to a loopback, as a browser does or as it should not.
func post(address, kind, body string, change func(*http.Request)) (status int, page string) {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	req.Header.Set("Content-Type", kind)
	if change != nil {
		change(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.ContentLength != int64(len(text)) { // a page without its length is cut when the port closes
		return resp.StatusCode, fmt.Sprintf("%v: %d of %d bytes", err, len(text), resp.ContentLength)
	}
	return resp.StatusCode, string(text)
}

const formKind = "application/x-www-form-urlencoded"

// loopbackOf is host and port of the start of a sign-in.
func loopbackOf(start string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(start, "http://"), "/")
	return host
}

// authorizeOf is the address to which the start of a sign-in leads.
func authorizeOf(t *testing.T, start string) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(start)
	if err != nil {
		t.Error(err)
		return &url.URL{}
	}
	resp.Body.Close()
	u, err := resp.Location()
	if err != nil {
		t.Error(err)
		return &url.URL{}
	}
	return u
}

func TestBrowser(t *testing.T) {
	sim, b, r := browserOf(t)
	var page string
	g, v, err := signInWith(t, b, r, func(address string) { page, _ = sim.Visit(t.Context(), address, "alice") })
	if err != nil || g.Token.Account != entratest.Alice || g.Session.IsZero() {
		t.Fatalf("got %v, %v", g.Token.Account, err)
	}
	if _, err := sim.VerifyToken(g.Token.Value.Reveal(), entratest.ServerID); err != nil {
		t.Error(err)
	}
	if !strings.Contains(page, "alice@contoso.example is signed in, for kubectl &lt;b&gt;") || strings.Contains(page, "<script") {
		t.Errorf("the last page is %s", page)
	}
	if n := sim.Requests("token"); n != 1 || sim.Requests("authorize") != 2 || sim.Requests("openid-configuration") != 1 || sim.Requests("*") != 2 {
		t.Errorf("%d token requests of %v", n, sim.RequestLog())
	}
	if p := v.prompts[0]; len(v.prompts) != 1 || p.UserCode != "" || !strings.HasPrefix(p.URL, "http://localhost:") {
		t.Errorf("prompts %v", v.prompts)
	}
	// The refresh token serves like that of any other sign-in.
	if _, err := b.Silent().Token(t.Context(), r, g.Session); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", loopbackOf(v.prompts[0].URL)); err == nil {
		c.Close()
		t.Error("the loopback is still open")
	}
}

// The address that is shown holds no state, and the request has what RFC 9700 and OpenID Connect want.
func TestBrowserAsks(t *testing.T) {
	sim, b, r := browserOf(t)
	r.Account, r.Claims = entratest.Alice, `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`
	g, _, err := signInWith(t, b, r, func(address string) {
		q := authorizeOf(t, address).Query()
		for name, want := range map[string]string{"response_type": "code", "response_mode": "form_post", "code_challenge_method": "S256",
			"login_hint": entratest.Alice, "prompt": "", "client_id": entratest.ClientID, "scope": r.Scopes[0] + " openid offline_access profile"} {
			if got := q.Get(name); got != want {
				t.Errorf("%s is %q", name, got)
			}
		}
		if u, err := url.Parse(q.Get("redirect_uri")); err != nil || u.Hostname() != "localhost" || u.Path != "" {
			t.Errorf("redirect_uri is %q", q.Get("redirect_uri"))
		}
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			if value := q.Get(name); len(value) < 26 || strings.Contains(address, value) {
				t.Errorf("%s is %q", name, value)
			}
		}
		if !strings.Contains(q.Get("claims"), "acrs") {
			t.Errorf("claims are %q", q.Get("claims"))
		}
		if _, err := sim.Visit(t.Context(), address, "alice"); err != nil {
			t.Error(err)
		}
	})
	if err != nil || g.Token.Value.IsZero() {
		t.Error(err)
	}
}

// What comes before the right answer ends nothing.
func TestBrowserStrays(t *testing.T) {
	sim, b, r := browserOf(t)
	var notes lines
	b.Note = notes.add
	_, v, err := signInWith(t, b, r, func(address string) {
		u := authorizeOf(t, address)
		back, state := u.Query().Get("redirect_uri"), u.Query().Get("state")
		good := url.Values{"code": {"x"}, "state": {state}}.Encode()
		for _, stray := range []struct {
			name, address, kind, body string
			change                    func(*http.Request)
			status                    int
		}{
			{"a wrong state", back + "/", formKind, "code=x&state=" + state[1:], nil, 400},
			{"no state", back + "/", formKind, "code=x", nil, 400},
			{"two states", back + "/", formKind, good + "&state=x", nil, 400},
			{"two codes", back + "/", formKind, good + "&code=y", nil, 400},
			{"code and error", back + "/", formKind, good + "&error=access_denied", nil, 400},
			{"neither", back + "/", formKind, "state=" + state, nil, 400},
			{"JSON", back + "/", "application/json", `{"code":"x"}`, nil, 400},
			{"no type", back + "/", "", good, nil, 400},
			{"a large form", back + "/", formKind, good + "&x=" + strings.Repeat("y", longestForm), nil, 400},
			{"another path", back + "/callback", formKind, good, nil, 404},
			{"the start", address, formKind, good, nil, 404},
			{"another name", back + "/", formKind, good, func(q *http.Request) { q.Host = "evil.example" }, 421},
			{"the address", back + "/", formKind, good, func(q *http.Request) { q.Host = "127.0.0.1:" + strings.Split(q.Host, ":")[1] }, 421},
			{"a code in the address", back + "/?" + good, "", "", func(q *http.Request) { q.Method = http.MethodGet }, 400},
			{"another error in the address", back + "/?error=access_denied&state=x", "", "", func(q *http.Request) { q.Method = http.MethodGet }, 400},
			{"a bare visit", back + "/", "", "", func(q *http.Request) { q.Method = http.MethodGet }, 200},
			{"a favicon", back + "/favicon.ico", "", "", func(q *http.Request) { q.Method = http.MethodGet }, 404},
			{"HEAD", back + "/", "", "", func(q *http.Request) { q.Method = http.MethodHead }, 405},
			{"OPTIONS", back + "/", "", "", func(q *http.Request) { q.Method = http.MethodOptions }, 405},
		} {
			if status, page := post(stray.address, stray.kind, stray.body, stray.change); status != stray.status || strings.Contains(page, state) {
				t.Errorf("%s: %d %s", stray.name, status, page)
			}
		}
		for range 100 { // that say nothing
			if c, err := net.Dial("tcp", strings.TrimPrefix(back, "http://")); err == nil {
				defer c.Close()
			}
		}
		if _, err := sim.Visit(t.Context(), address, "alice"); err != nil {
			t.Error(err)
		}
	})
	if err != nil || len(v.prompts) != 1 {
		t.Error(err)
	}
	if n := strings.Count(notes.all(), "does not count"); n != 4 || strings.Contains(notes.all(), v.prompts[0].URL) {
		t.Errorf("%d notes: %s", n, notes.all())
	}
}

func TestBrowserRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		person func(sim *entratest.Server, address string) string // returns the last page
		change func(*plugin.Request)
		reason plugin.Reason
		text   string
		page   string
	}{
		{name: "no", person: func(sim *entratest.Server, a string) string { p, _ := sim.Visit(context.Background(), a, ""); return p },
			reason: plugin.Declined, text: "the sign-in was declined", page: "the sign-in was declined"},
		{name: "somebody else", person: func(sim *entratest.Server, a string) string {
			p, _ := sim.Visit(context.Background(), a, "bob")
			return p
		},
			change: func(r *plugin.Request) { r.Account = entratest.Alice },
			reason: plugin.WrongAccount, text: "signed in as bob@contoso.example, but alice@contoso.example was asked for", page: "Not signed in"},
		{name: "nobody", person: func(*entratest.Server, string) string { return "" },
			change: func(r *plugin.Request) { r.PromptTimeout = 50 * time.Millisecond },
			reason: plugin.TimedOut, text: "nobody signed in within 50ms"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sim, b, r := browserOf(t)
			if test.change != nil {
				test.change(&r)
			}
			var page string
			_, _, err := signInWith(t, b, r, func(address string) { page = test.person(sim, address) })
			var refused *plugin.RefusedError
			if !errors.As(err, &refused) || refused.Reason != test.reason || refused.Text != test.text || !strings.Contains(page, test.page) {
				t.Errorf("got %v, page %s", err, page)
			}
		})
	}
}

// The answer may be an error of the service's, whose words are foreign.
func TestBrowserError(t *testing.T) {
	_, b, r := browserOf(t)
	var page string
	_, _, err := signInWith(t, b, r, func(address string) {
		u := authorizeOf(t, address)
		form := url.Values{"error": {"interaction_required"}, "state": {u.Query().Get("state")},
			"error_description": {"AADSTS53003: <script>alert(1)</script>\x1b[31m Access has been blocked. Trace ID: x"}}
		_, page = post(u.Query().Get("redirect_uri")+"/", formKind, form.Encode(), nil)
	})
	var e *Error
	if refused, _ := errors.AsType[*plugin.RefusedError](err); refused.OfMethod != "" || refused.Believed != 0 {
		t.Errorf("what a browser gets is no refusal of device codes: %+v", refused)
	}
	if !errors.As(err, &e) || e.AADSTS != 53003 || strings.ContainsAny(err.Error(), "\x1b") || strings.Contains(page, "<script") {
		t.Errorf("got %v, page %s", err, page)
	}
}

// An ID token with another nonce is of another sign-in.
func TestBrowserNonce(t *testing.T) {
	sim, b, r := browserOf(t)
	_, _, err := signInWith(t, b, r, func(address string) {
		u := authorizeOf(t, address)
		q := u.Query()
		q.Set("nonce", "another")
		u.RawQuery = q.Encode()
		if _, err := sim.Visit(t.Context(), u.String(), "alice"); err != nil {
			t.Error(err)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "another sign-in") {
		t.Errorf("got %v", err)
	}
}

// A port that somebody else has in either family is no port: the browser might go there.
func TestBrowserPort(t *testing.T) {
	_, b, r := browserOf(t)
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		taken, err := net.Listen("tcp", address)
		if err != nil {
			t.Skip(err) // a machine of one family
		}
		defer taken.Close()
		b.Port = taken.Addr().(*net.TCPAddr).Port
		_, v, err := signInWith(t, b, r, func(string) {})
		var e *ListenError
		if !errors.As(err, &e) || e.Port != b.Port || len(v.prompts) != 0 || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "::1") {
			t.Errorf("got %v", err)
		}
		if other, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", b.Port)); err == nil {
			other.Close()
		} else if address != "127.0.0.1:0" {
			t.Errorf("the port of the other family is kept: %v", err)
		}
	}
}

// A browser that can't be opened is no end, neither is one that takes its time, and an end closes the port at once.
func TestBrowserOpens(t *testing.T) {
	sim, b, r := browserOf(t)
	var notes lines
	b.Note = notes.add
	opened := make(chan string, 1)
	b.Open = func(_ context.Context, address string) error {
		opened <- address
		return errors.New("there is none")
	}
	_, v, err := signInWith(t, b, r, func(address string) {
		for notes.all() == "" { // what the browser did is said while it is waited for
			time.Sleep(time.Millisecond)
		}
		if _, err := sim.Visit(t.Context(), address, "alice"); err != nil {
			t.Error(err)
		}
	})
	if address := <-opened; err != nil || address != v.prompts[0].URL || notes.all() != "no browser could be opened: there is none" {
		t.Errorf("%v, opened %s, said %s", err, address, notes.all())
	}
	ended := make(chan struct{}, 2)
	b.Open = func(ctx context.Context, _ string) error { <-ctx.Done(); ended <- struct{}{}; return ctx.Err() }
	if _, _, err = signInWith(t, b, r, func(address string) { sim.Visit(t.Context(), address, "alice") }); err != nil {
		t.Error(err)
	}
	<-ended // with the sign-in: no further browser is tried then
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("SIGINT")
	var address string
	_, err = b.Grant(ctx, r, &visitor{do: func(a string) { address = a; cancel(stop) }})
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if c, err := net.Dial("tcp", loopbackOf(address)); err == nil {
		c.Close()
		t.Error("the loopback is still open")
	}
}

// None of a sign-in's secrets is in what people and programs see: notes, the trace of -vv, prompts, pages, what a
// browser is called with.
func TestBrowserTellsNoSecret(t *testing.T) {
	sim, b, r := browserOf(t)
	var seen lines
	b.Note = seen.add
	b.Trace = func(e https.Exchange) { seen.add(fmt.Sprintf("%+v", e)) }
	b.Open = func(_ context.Context, address string) error { seen.add(address); return errors.New("none") }
	_, v, err := signInWith(t, b, r, func(address string) {
		u := authorizeOf(t, address)
		_, page := post(u.Query().Get("redirect_uri"), formKind, "code=x&state=y", nil)
		seen.add(page)
		if u.Query().Get("prompt") != "select_account" { // nobody is known whom the page could ask for
			t.Errorf("prompt is %q", u.Query().Get("prompt"))
		}
		page, _ = sim.Visit(t.Context(), address, "alice")
		seen.add(page)
	})
	if err != nil {
		t.Fatal(err)
	}
	seen.add(fmt.Sprint(v.prompts, sim.RequestLog()))
	secrets := sim.Secrets() // code, state, nonce and verifier among them
	if len(secrets) < 7 || !strings.Contains(seen.all(), "/oauth2/v2.0/token") {
		t.Errorf("%d secrets; seen: %s", len(secrets), seen.all())
	}
	for _, secret := range secrets {
		if strings.Contains(seen.all(), secret) {
			t.Errorf("%.20s... is in %s", secret, seen.all())
		}
	}
}
