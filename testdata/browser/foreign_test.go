//go:build unix

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// foreignPage is a page of somebody else's, %s the origin of entralogin's listener, %s the address of the sign-in. It has
// Chromium prefetch and frame what is there, and sends forms of its own.
const foreignPage = `<!DOCTYPE html>
<title>Elsewhere</title>
<link rel="icon" href="/icon">
<link rel="prefetch" href="/ahead">
<link rel="prefetch" href="%[1]s/">
<script type="speculationrules">{"prefetch":[{"urls":["%[2]s","%[1]s/?code=stolen"],"eagerness":"immediate"}],"prerender":[{"urls":["%[2]s"],"eagerness":"immediate"}]}</script>
<h1>Elsewhere</h1>
<a href="%[2]s">the address</a>
<img src="%[1]s/?error=access_denied" alt="">
<iframe src="%[1]s/"></iframe>
<iframe name="inside"></iframe>
<form method="post" action="%[1]s/" target="inside"><input name="code" value="of-another"><input name="state" value="guessed"><button>Send</button></form>
<script>
fetch("%[1]s/", {method: "POST", mode: "no-cors", body: new URLSearchParams({code: "of-another", state: "guessed"})}).catch(() => {})
fetch("%[1]s/", {method: "HEAD", mode: "no-cors"}).catch(() => {})
navigator.sendBeacon("%[1]s/", new URLSearchParams({error: "access_denied"}))
</script>
`

// What Chromium asks for on behalf of another site's page ends nothing and learns nothing.
func TestForeignPage(t *testing.T) {
	w := newWorld(t)
	c, s := w.chromium(), w.get()
	asked := make(chan string, 100)
	lead := map[string]string{"/icon": s.origin() + "/favicon.ico", "/ahead": s.shown}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if to := lead[req.URL.Path]; to != "" {
			http.Redirect(w, req, to, http.StatusFound)
			asked <- req.URL.Path
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, foreignPage, s.origin(), s.shown)
	}))
	t.Cleanup(site.Close)
	p := c.tab()
	p.open(site.URL)
	for seen := map[string]bool{}; len(seen) < len(lead); {
		seen[<-asked] = true
	}
	p.do(chromedp.Click("//button"))
	p.do(chromedp.Click("//a"))
	p.signIn(entratest.Alice)
	p.heading("Signed in")
	s.end(0)
	s.token(entratest.Alice)
	w.requests(1)
	count := map[string]int{}
	for _, r := range c.finished() {
		count[strings.TrimSpace(r.method+" "+strings.Replace(r.path, s.shown[len(s.origin()):], "/ADDRESS", 1)+" "+r.header["sec-purpose"])]++
	}
	for _, what := range []string{"GET /favicon.ico", "GET /ADDRESS prefetch", "GET / prefetch", "GET /?error=access_denied", "GET /", "HEAD /"} {
		if count[what] == 0 {
			t.Errorf("Chromium did not ask for %s, but for %v", what, count)
		}
	}
	if n := count["POST /"]; n != 4 {
		t.Errorf("%d forms were sent: %v", n, count)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if said := strings.Join(c.complaints, "\n"); !strings.Contains(said, "frame-ancestors 'none'") {
		t.Errorf("the frame was not refused:\n%s", said)
	}
}
