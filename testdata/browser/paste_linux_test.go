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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // what is no answer is asked for again
	defer cancel()
	cmd := exec.CommandContext(ctx, "script", "-qec", filepath.Join(bin, "entralogin")+" login --paste", "/dev/null") // on a terminal
	cmd.Env = w.command().Env
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	asked := &screen{pattern: regexp.MustCompile(`(?s)https://\S+/authorize\?\S+.*nothing is shown of it: `), found: make(chan string, 1)}
	cmd.Stdout = asked
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	page, _, _ := strings.Cut(<-asked.found, "\r")
	p := w.chromium().tab()
	p.open(page)
	p.signIn(entratest.Alice)
	p.do(chromedp.WaitVisible(chromedp.CSS("#main-frame-error")))
	history := p.history()
	bar := history[len(history)-1]
	if !strings.HasPrefix(bar, "http://localhost:") {
		t.Errorf("the address bar has %s", bar)
	}
	if _, err := io.WriteString(keys, bar+"\r"); err != nil {
		t.Fatal(err)
	}
	err = cmd.Wait()
	if said := asked.String(); err != nil || !strings.Contains(said, "Signed in as "+entratest.Alice) || strings.Contains(said, "code=") {
		t.Errorf("%v: %s", err, said)
	}
	w.requests(1)
}
