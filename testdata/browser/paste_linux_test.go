package browser

import (
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A browser that finds nobody at the redirect keeps the whole answer in its address bar, and that is what is pasted.
func TestPastedAddress(t *testing.T) {
	w := newWorld(t)
	w.pasted(func(p *tab) { p.signIn(entratest.Alice) })
	w.requests(1)
}

func TestPastedAddressOfProvider(t *testing.T) {
	newProvider(t).pasted(func(p *tab) {
		p.heading("Who are you?")
		p.do(chromedp.SendKeys(chromedp.CSS("input"), "alice"), chromedp.Click(chromedp.CSS("button")))
	})
}

// pasted has alice sign in on the page that is shown, and pastes the address at which that ends.
func (w *world) pasted(signIn func(*tab)) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute) // what is no answer is asked for again
	defer cancel()
	cmd := exec.CommandContext(ctx, "script", "-qec", filepath.Join(bin, "entralogin")+" login --paste", "/dev/null") // on a terminal
	cmd.Env = w.command().Env
	keys, err := cmd.StdinPipe()
	if err != nil {
		w.Fatal(err)
	}
	asked := &screen{pattern: regexp.MustCompile(`(?s)https://\S+?\?client_id=\S+.*nothing is shown of it: `), found: make(chan string, 1)}
	cmd.Stdout = asked
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	page, _, _ := strings.Cut(<-asked.found, "\r")
	p := w.chromium().tab()
	p.open(page)
	signIn(p)
	p.do(chromedp.WaitVisible(chromedp.CSS("#main-frame-error")))
	history := p.history()
	bar := history[len(history)-1]
	if !strings.HasPrefix(bar, "http://localhost:") {
		w.Errorf("the address bar has %s", bar)
	}
	if _, err := io.WriteString(keys, bar+"\r"); err != nil {
		w.Fatal(err)
	}
	err = cmd.Wait()
	if said := asked.String(); err != nil || !strings.Contains(said, "Signed in as "+entratest.Alice) || strings.Contains(said, "code=") {
		w.Errorf("%v: %s", err, said)
	}
}
