//go:build unix

package feeds

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/feeds/artifacts"
)

// shown is the last line of a prompt.
const shown = "Continue only if you started this yourself, just now."

// prompts is how often a person was asked.
func prompts(stderr string) int { return strings.Count(stderr, shown) }

// requests is the log of Azure DevOps, one request a line, for people.
func (w *world) requests() string {
	var b strings.Builder
	for _, r := range w.devops.Requests() {
		fmt.Fprintln(&b, r.Status, r.Method, r.Host+r.Path, r.Scheme, r.User, r.Reason)
	}
	return b.String()
}

// codes checks how many device codes were asked for in all.
func (w *world) codes(want int) {
	w.Helper()
	if got := w.sim.Requests("devicecode"); got != want {
		w.Errorf("%d device codes, want %d", got, want)
	}
}

// contains checks that a text has all of the parts.
func (w *world) contains(text string, parts ...string) {
	w.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

// checkHosts checks that no token went to the store of blobs, and that nobody asked for other hosts.
func (w *world) checkHosts() {
	for _, r := range w.devops.Requests() {
		if r.Host == artifacts.Blobs && r.Scheme != "" {
			w.Errorf("a token went to %s", r.Host)
		}
	}
	if strangers := w.devops.Strangers(); len(strangers) > 0 {
		w.Errorf("somebody asked for %q", strangers)
	}
}

// checkSecrets looks for secrets in every file of the home but those of the cache and those named.
func (w *world) checkSecrets(but ...string) {
	w.Helper()
	secrets, spared := w.sim.Secrets(), map[string]bool{w.path(".cache/entralogin"): true}
	for _, name := range but {
		spared[w.path(name)] = true
	}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case spared[path] && d.IsDir():
			return fs.SkipDir
		case spared[path] || !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(content, []byte(secret)) {
				w.Errorf("a secret lies in %s", path)
			}
		}
		return err
	})
	if err != nil {
		w.Error(err)
	}
}

// taken is the last token that Azure DevOps took.
func (w *world) taken() string {
	w.Helper()
	requests := w.devops.Requests()
	for i := len(requests) - 1; i >= 0; i-- {
		if r := requests[i]; r.Status == 200 && r.Token != "" {
			return r.Token
		}
	}
	w.Fatalf("no token was taken:\n%s", w.requests())
	return ""
}

// refused makes two hours pass: the last token has ended, here and there. It returns that token.
func (w *world) refused() string {
	w.Helper()
	token := w.taken()
	w.devops.Refuse(token)
	if err := entratest.AgeTokens(w.path(".cache/entralogin"), 2*time.Hour); err != nil {
		w.Fatal(err)
	}
	return token
}
