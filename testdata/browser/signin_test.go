//go:build unix

package browser

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The whole way: the address that was handed on, the page of the tenant, our own last page, the token. Neither a second
// window nor what Chromium asks for by itself ends it, and nothing of it stays in the browser.
func TestSignIn(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get()
	other := c.tab()
	other.open(s.origin() + "/")
	other.heading("Nobody has signed in yet")
	p := c.tab()
	p.open(s.shown)
	p.signIn(entratest.Alice)
	p.heading("Signed in")
	p.says("alice@contoso.example is signed in, for ", "You can close this page.")
	s.end(0)
	s.token(entratest.Alice)
	w.requests(1)
	c.quiet()
	if at := p.look("location.href + document.referrer"); at != s.shown {
		t.Errorf("the last page is %s", at)
	}
	history := p.history()
	for _, entry := range history {
		if strings.Contains(entry, "code=") || strings.HasPrefix(entry, s.origin()) && entry != s.shown {
			t.Errorf("in the history: %s", entry)
		}
	}
	count := map[string]int{}
	for _, r := range c.finished() {
		count[r.method+" "+strings.Replace(r.path, strings.TrimPrefix(s.shown, s.origin()), "/ADDRESS", 1)]++
		if r.header["referer"] != "" {
			t.Errorf("%s %s has the Referer %s", r.method, r.path, r.header["referer"])
		}
	}
	if count["POST /"] != 1 || count["GET /ADDRESS"] != 2 {
		t.Errorf("Chromium asked for %v", count)
	}
	c.forgot(strings.Join(history, "\n"))
}

// forgot checks that nothing secret is on disk, where Chromium keeps its history and the pages to open at its next start,
// but what stands in the address of the tenant's own page: state and nonce.
func (c *chromium) forgot(history string) {
	c.Helper()
	files := 0
	err := filepath.WalkDir(c.path("chromium"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		data, err := os.ReadFile(name)
		for _, secret := range c.sim.Secrets() {
			if strings.Contains(string(data), secret) && !strings.Contains(history, "="+secret) {
				c.Errorf("a secret in %s", name)
			}
		}
		return err
	})
	if err != nil || files < 10 {
		c.Errorf("%d files, %v", files, err)
	}
}

func TestDeclined(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get()
	p := c.tab()
	p.open(s.shown)
	p.signIn("")
	p.heading("Not signed in")
	p.says("the sign-in was declined", "The terminal says what to do.")
	s.end(5, "the sign-in was declined")
	w.requests(0)
	c.quiet()
}

func TestWrongAccount(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get("--account", entratest.Bob)
	p := c.tab()
	p.open(s.shown)
	p.signIn(entratest.Alice)
	p.heading("Not signed in")
	p.says("alice@contoso.example", "bob@contoso.example was asked for")
	s.end(5, "signed in as alice@contoso.example, but bob@contoso.example was asked for")
	w.requests(1)
	c.quiet()
}

// A person closes the page, goes to and fro, and opens the address again.
func TestClosedPage(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get()
	p := c.tab()
	p.open(s.shown)
	p.do(chromedp.WaitVisible(approve))
	p.close()
	p = c.tab()
	p.open(s.shown)
	p.do(chromedp.NavigateBack(), chromedp.NavigateForward(), chromedp.Reload())
	p.signIn(entratest.Alice)
	p.heading("Signed in")
	s.end(0)
	s.token(entratest.Alice)
	w.requests(1)
	c.quiet()
}

// Of two pages with the same address one signs in. The other one's answer comes while the first one's is being redeemed.
func TestTwoPages(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get()
	w.sim.Fault("token", entratest.Fault{Delay: slow})
	first, second := c.tab(), c.tab()
	first.open(s.shown)
	second.open(s.shown)
	first.signIn(entratest.Alice)
	second.signIn(entratest.Bob)
	second.heading("This does not count")
	first.heading("Signed in")
	first.says("alice@contoso.example")
	s.end(0, "a second answer")
	s.token(entratest.Alice)
	w.requests(1)
}

// The last page holds no form to send again: neither loading it anew nor going back signs anybody in a second time.
func TestLastPageAgain(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get()
	p := c.tab()
	p.open(s.shown)
	p.signIn(entratest.Alice)
	p.heading("Signed in")
	s.end(0)
	for _, again := range []chromedp.Action[chromedp.Void]{chromedp.Reload(), chromedp.NavigateBack(), chromedp.NavigateForward()} {
		chromedp.Do(p.ctx, again) // there is nobody any more to answer
	}
	s.token(entratest.Alice)
	w.requests(1)
	posts := 0
	for _, r := range c.finished() {
		if r.method == "POST" {
			posts++
		}
	}
	if posts != 1 {
		t.Errorf("%d forms were sent", posts)
	}
}
