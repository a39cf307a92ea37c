//go:build unix

package browser

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// A chromium is a Chromium without a window. It keeps a log of all that it asks for on the network.
type chromium struct {
	*world
	ctx context.Context

	mu         sync.Mutex
	complaints []string // of its consoles
}

// chromium starts one. It trusts the authority's key, and finds localhost alone. The authority counts as a server of the
// internet: what a page of the internet may do to this machine's own network is limited
// (https://wicg.github.io/local-network-access).
func (w *world) chromium() *chromium {
	w.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		w.Fatalf("%v: install Debian's package", err)
	}
	conn, err := tls.Dial("tcp", w.host, &tls.Config{RootCAs: w.pool})
	if err != nil {
		w.Fatal(err)
	}
	key := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	conn.Close()
	var said bytes.Buffer
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(w.path("chromium")), chromedp.WindowSize(800, 500), chromedp.CombinedOutput(&said),
		chromedp.Flag("ignore-certificate-errors-spki-list", base64.StdEncoding.EncodeToString(key[:])),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.Flag("ip-address-space-overrides", w.host+"=public"),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("log-net-log", w.path("network.json")), chromedp.Flag("net-log-capture-mode", "IncludeSensitive"),
		chromedp.Env("HOME="+w.dir, "XDG_CONFIG_HOME="+w.path("chromium-config"), "XDG_CACHE_HOME="+w.path("chromium-cache"), "DBUS_SESSION_BUS_ADDRESS=disabled:"))
	ctx, cancel := chromedp.NewExecAllocator(w.Context(), options...)
	w.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	w.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	w.Cleanup(cancel)
	c := &chromium{world: w, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		w.Fatalf("%s: %v\n%s", program, err, &said)
	}
	return c
}

// A tab is one of its pages.
type tab struct {
	*chromium
	ctx   context.Context
	close context.CancelFunc
}

func (c *chromium) tab() *tab {
	c.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx)
	c.Cleanup(cancel)
	t := &tab{chromium: c, ctx: ctx, close: cancel}
	err := errors.Join(chromedp.Do(ctx), chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			c.complain(e.Entry.Text, e.Entry.URL)
		case *runtime.EventExceptionThrown:
			c.complain(e.ExceptionDetails.Text)
		case *audits.EventIssueAdded:
			if e.Issue.Code != "BounceTrackingIssue" { // that localhost leads elsewhere, and is no place to keep cookies
				text, _ := json.Marshal(e.Issue)
				c.complain(string(text))
			}
		}
	}))
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, chromedp.Void{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, audits.Enable, chromedp.Void{})
	}
	if err != nil {
		c.Fatal(err)
	}
	return t
}

func (c *chromium) complain(words ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, strings.Join(words, " "))
}

// quiet checks that no console of Chromium holds anything: no refused style, script, form or frame, and no error.
func (c *chromium) quiet() {
	c.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.complaints) != 0 {
		c.Errorf("Chromium complains:\n%s", strings.Join(c.complaints, "\n"))
	}
}

func (t *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(t.ctx, steps...); err != nil {
		var text string
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
		defer cancel()
		text, _ = chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.documentElement.innerText"))
		t.Fatalf("%v at:\n%s", err, text)
	}
}

// heading waits for a page with this heading.
func (t *tab) heading(text string) {
	t.Helper()
	t.do(chromedp.WaitVisible(chromedp.Search(fmt.Sprintf("//h1[normalize-space()=%q]", text))))
}

// open opens an address, as the person's command for it does.
func (t *tab) open(address string) {
	t.Helper()
	t.do(chromedp.Navigate(address))
}

// approve is the button of the authorization endpoint's page that goes on.
const approve = chromedp.CSS(`button[value="approve"]`)

// signIn fills in the page of the authorization endpoint: somebody, or "" for nobody who says no.
func (t *tab) signIn(user string) {
	t.Helper()
	if user == "" {
		t.do(chromedp.Click(chromedp.CSS(`button[value="decline"]`)))
		return
	}
	t.do(chromedp.Click(chromedp.CSS(`input[name="user"][value="`+user+`"]`)), chromedp.Click(approve))
}

// history lists the addresses that the page's back button leads to, and the present one.
func (t *tab) history() []string {
	t.Helper()
	h, err := chromedp.Run(t.ctx, chromedp.NavigationEntries())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range h.Entries {
		all = append(all, entry.URL)
	}
	return all
}

// look is the value of an expression in the page.
func (t *tab) look(expression string) string {
	t.Helper()
	text, err := chromedp.Run(t.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// says checks that the page has all of the parts.
func (t *tab) says(parts ...string) {
	t.Helper()
	text := t.look("document.body.innerText")
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in the page:\n%s", part, text)
		}
	}
}
