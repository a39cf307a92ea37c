package entra

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// opened is a loopback on a free port.
func opened(t *testing.T) *loopback {
	t.Helper()
	l, err := listen(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// A second answer changes nothing, and the first one's page waits until it is known what came of it.
func TestLoopbackTakesOneAnswer(t *testing.T) {
	l := opened(t)
	l.note = func(string, ...any) {}
	l.serve()
	form := func(code string) string { return url.Values{"code": {code}, "state": {l.state}}.Encode() }
	pages := make(chan string)
	go func() {
		_, page := post(l.redirect()+"/", formKind, form("first"), nil)
		pages <- page
	}()
	a, err := l.wait(t.Context(), nil, time.Minute, errors.New("over"))
	if err != nil || a.code != "first" {
		t.Fatal(a, err)
	}
	if status, _ := post(l.redirect()+"/", formKind, form("second"), nil); status != 400 {
		t.Errorf("the second answer got %d", status)
	}
	go l.finish(outcome{"Signed <in>", "Well \x1b[31mdone"})
	if page := <-pages; !strings.Contains(page, "<h1>Signed &lt;in&gt;</h1>") || !strings.Contains(page, "Well ") || strings.Contains(page, "\x1b") {
		t.Errorf("the page is %s", page)
	}
	if len(l.arrived) != 0 {
		t.Error("there are two answers")
	}
}

// The answer to the form leads away from it, so that no browser keeps the code or sends it again.
func TestLoopbackLeadsAwayFromTheForm(t *testing.T) {
	l := opened(t)
	l.serve()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		if _, err := l.wait(t.Context(), nil, time.Minute, errors.New("over")); err != nil {
			t.Error(err)
		}
		l.finish(outcome{"Signed in", "Well done"})
	}()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(l.redirect()+"/", url.Values{"code": {"c"}, "state": {l.state}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if to, err := resp.Location(); err != nil || resp.StatusCode != http.StatusSeeOther || to.String() != l.start() {
		t.Errorf("the answer is %s to %v, %v", resp.Status, to, err)
	}
	resp, err = client.Get(l.start())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if page, err := io.ReadAll(resp.Body); err != nil || resp.ContentLength != int64(len(page)) || !strings.Contains(string(page), "Well done") {
		t.Errorf("the page of %d bytes is %s, %v", resp.ContentLength, page, err)
	}
	<-finished
}

// Every answer keeps itself out of caches, frames and referrers, and scripts out of it; a page is for light and dark.
func TestLoopbackHeaders(t *testing.T) {
	l := opened(t)
	l.page, l.note = "https://login.example/authorize", func(string, ...any) {}
	l.serve()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range []string{"/", "/?code=x", "/favicon.ico", l.path} {
		resp, err := client.Get(l.redirect() + path)
		if err != nil {
			t.Fatal(err)
		}
		page, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		policy := resp.Header.Get("Content-Security-Policy")
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script") {
				t.Errorf("%s: the policy is %s", path, policy)
			}
		}
		if !resp.Close {
			t.Errorf("%s: the connection stays open", path)
		}
		if style := string(page); strings.Contains(style, "<style>") {
			_, style, _ = strings.Cut(style, "<style>")
			style, _, _ = strings.Cut(style, "</style>")
			sum := sha256.Sum256([]byte(style))
			if !strings.Contains(policy, base64.StdEncoding.EncodeToString(sum[:])) || !strings.Contains(style, "color-scheme: light dark") {
				t.Errorf("%s: the policy forbids the page's style: %s", path, policy)
			}
		}
	}
}

// Browsers try either family for localhost.
func TestLoopbackFamilies(t *testing.T) {
	l := opened(t)
	l.page, l.note = "https://login.example/authorize", func(string, ...any) {}
	l.serve()
	for _, socket := range l.sockets {
		status, page := post("http://"+socket.Addr().String()+"/", formKind, "", func(q *http.Request) {
			q.Method, q.Host = http.MethodGet, fmt.Sprintf("localhost:%d", l.port)
		})
		if status != http.StatusOK || !socket.Addr().(*net.TCPAddr).IP.IsLoopback() {
			t.Errorf("%v: %d %s", socket.Addr(), status, page)
		}
	}
	if free, err := net.Listen("tcp", "[::1]:0"); err == nil {
		free.Close()
		if len(l.sockets) != 2 {
			t.Errorf("it listens on %v", l.sockets)
		}
	}
	if (&loopback{port: 80}).host() != "localhost" { // as browsers write it
		t.Error("port 80 has another name")
	}
}

// A port that is lost ends the wait.
func TestLoopbackLost(t *testing.T) {
	l := opened(t)
	l.serve()
	l.sockets[0].Close()
	if _, err := l.wait(t.Context(), nil, time.Minute, errors.New("over")); err == nil || !strings.HasPrefix(err.Error(), "the port ") {
		t.Errorf("got %v", err)
	}
}

// rawPost begins a POST of a form over a connection of its own: the header, and so much of the form.
func rawPost(t *testing.T, back, form string, part int) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(back, "http://")
	c, err := net.Dial("tcp", strings.Replace(host, "localhost", "127.0.0.1", 1))
	if err != nil {
		t.Error(err)
		return nil
	}
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", host, formKind, len(form), form[:part])
	return c
}

// answerOf lets a person sign in and returns the form that the browser would bring, and where.
func answerOf(t *testing.T, sim *entratest.Server, address string) (back, form string) {
	t.Helper()
	u := authorizeOf(t, address)
	q := u.Query()
	q.Set("response_mode", "query")
	u.RawQuery = q.Encode()
	client := sim.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.PostForm(u.String(), url.Values{"action": {"approve"}, "user": {"alice"}})
	if err != nil {
		t.Error(err)
		return "", ""
	}
	resp.Body.Close()
	_, form, _ = strings.Cut(resp.Header.Get("Location"), "?")
	return q.Get("redirect_uri"), form
}

// Connections that begin and never end delay nobody: in the middle of a header, of a form, or before any of it.
func TestBrowserSlow(t *testing.T) {
	sim, b, r := browserOf(t)
	_, _, err := signInWith(t, b, r, func(address string) {
		back, form := answerOf(t, sim, address)
		for range 20 {
			if c := rawPost(t, back, form, len(form)/2); c != nil {
				defer c.Close()
			}
			if c, err := net.Dial("tcp", strings.TrimPrefix(back, "http://")); err == nil {
				fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: local")
				defer c.Close()
			}
		}
		if _, page := post(back, formKind, form, nil); !strings.Contains(page, "Signed in") {
			t.Errorf("the page is %s", page)
		}
	})
	if err != nil {
		t.Error(err)
	}
	l, err := listen(0)
	if err != nil {
		t.Fatal(err)
	}
	l.close()
	if l.server.ReadHeaderTimeout <= 0 || l.server.ReadTimeout <= 0 || l.server.MaxHeaderBytes <= 0 {
		t.Error("they stay for ever")
	}
}

// A browser that brought the answer and went away has done its part.
func TestBrowserHangsUp(t *testing.T) {
	sim, b, r := browserOf(t)
	gone := make(chan struct{})
	sim.Fault("token", entratest.Fault{Rewrite: func(map[string]any) { <-gone }}) // the page is held until then
	g, _, err := signInWith(t, b, r, func(address string) {
		defer close(gone)
		back, form := answerOf(t, sim, address)
		if c := rawPost(t, back, form, len(form)); c != nil {
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	})
	if err != nil || g.Token.Value.IsZero() {
		t.Errorf("got %v", err)
	}
}

// Nor is it waited for, that it might fetch a page. Which of the two happened, a request's context tells.
func TestLoopbackWaitsForNobody(t *testing.T) {
	l := opened(t)
	l.finished <- outcome{"Signed in", "Well done"}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	req := httptest.NewRequestWithContext(gone, http.MethodPost, l.redirect(), nil)
	l.take(httptest.NewRecorder(), req, url.Values{"code": {"x"}, "state": {l.state}})
	if len(l.shown) != 1 {
		t.Error("a browser that has gone is waited for")
	}
}

// The page says nothing before the token is there, however long that takes, and says so when it never comes.
func TestBrowserPageWaits(t *testing.T) {
	sim, b, r := browserOf(t)
	var page atomic.Bool // whether the browser has one
	sim.Fault("token", entratest.Fault{Times: 1, Rewrite: func(map[string]any) {
		time.Sleep(100 * time.Millisecond) // in which a page that does not wait would come
		if page.Load() {
			t.Error("there is a page before there is a token")
		}
	}})
	visit := func(want string) func(string) {
		return func(address string) {
			back, form := answerOf(t, sim, address)
			c := rawPost(t, back, form, len(form))
			if c == nil {
				return
			}
			defer c.Close()
			answer, err := http.ReadResponse(bufio.NewReader(c), nil)
			page.Store(true)
			if err != nil || answer.StatusCode != http.StatusSeeOther {
				t.Error(answer, err)
			}
			resp, err := http.Get(address)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if text, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(text), want) {
				t.Errorf("%v: %s", err, text)
			}
		}
	}
	if _, _, err := signInWith(t, b, r, visit("Signed in")); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("SIGINT")
	ended := make(chan struct{}) // until then the service has not answered
	sim.Fault("token", entratest.Fault{Rewrite: func(map[string]any) { cancel(stop); <-ended }})
	v := &visitor{do: visit("Not signed in")}
	_, err := b.Grant(ctx, r, v)
	close(ended)
	if <-v.done; !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

// What keeps a person out of the tenant is on the service's own page, from which they come back with nothing; or the
// browser brings it; or it comes when the code is redeemed.
func TestBrowserBlocked(t *testing.T) {
	sim, b, r := browserOf(t)
	block := func(aadsts int, at string) {
		if err := sim.Block(entratest.Block{Way: entratest.ByBrowser, AADSTS: aadsts, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	block(53003, "page")
	_, _, err := signInWith(t, b, r, func(address string) {
		page, _ := sim.Visit(t.Context(), address, "alice")
		resp, err := http.Get(authorizeOf(t, address).Query().Get("redirect_uri") + "/") // which OK leads to
		if err != nil || !strings.Contains(page, "AADSTS53003") {
			t.Errorf("%v: %s", err, page)
			return
		}
		defer resp.Body.Close()
		if text, _ := io.ReadAll(resp.Body); !strings.Contains(string(text), "Nobody has signed in yet") {
			t.Errorf("the page is %s", text)
		}
		block(0, "page")
		sim.Visit(t.Context(), address, "alice")
	})
	if err != nil {
		t.Error(err)
	}
	for _, at := range []string{"redirect", "token"} {
		block(53003, at)
		var page string
		_, _, err := signInWith(t, b, r, func(address string) { page, _ = sim.Visit(t.Context(), address, "alice") })
		var e *Error
		if !errors.As(err, &e) || e.AADSTS != 53003 || !strings.Contains(page, "Not signed in") || !strings.Contains(page, "AADSTS53003") {
			t.Errorf("%s: %v, page %s", at, err, page)
		}
	}
}
