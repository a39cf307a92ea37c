//go:build unix

package git

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

// runs counts how often the helper was run for an operation.
func (w *world) runs(operation string) int {
	w.Helper()
	files, err := filepath.Glob(w.path("runs/*"))
	if err != nil {
		w.Fatal(err)
	}
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			w.Fatal(err)
		}
		if strings.TrimSpace(string(text)) == operation {
			n++
		}
	}
	return n
}

// requests is the log of Azure DevOps, one request a line, for people.
func (w *world) requests() string {
	var b strings.Builder
	for _, r := range w.devops.Requests() {
		fmt.Fprintln(&b, r.Status, r.Method, r.Host+r.Path, r.Scheme, r.User, r.Reason)
	}
	return b.String()
}

// tokens lists the tokens that Azure DevOps got and took, each once, oldest first.
func (w *world) tokens() []string {
	var list []string
	seen := map[string]bool{}
	for _, r := range w.devops.Requests() {
		if r.Status == 200 && !seen[r.Token] {
			seen[r.Token] = true
			list = append(list, r.Token)
		}
	}
	return list
}

// codes checks how many device codes were asked for in all.
func (w *world) codes(want int) {
	w.Helper()
	if got := w.sim.Requests("devicecode"); got != want {
		w.Errorf("%d device codes, want %d", got, want)
	}
}

// checkSecrets looks for secrets in every file of the home but those of the cache.
func (w *world) checkSecrets() {
	secrets := w.sim.Secrets()
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == w.path(".cache/entralogin"):
			return fs.SkipDir
		case !d.Type().IsRegular():
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
	if strangers := w.devops.Strangers(); len(strangers) > 0 {
		w.Errorf("somebody asked for %q", strangers)
	}
}

// prompts is how often a person was asked.
func prompts(stderr string) int { return strings.Count(stderr, shown) }

// contains checks that a text has all of the parts.
func (w *world) contains(text string, parts ...string) {
	w.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			w.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}
