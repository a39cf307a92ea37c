//go:build unix

package feeds

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
