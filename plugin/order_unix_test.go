//go:build unix

package plugin

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cache"
)

// The session is written before the token: a refresh token may be good only once. The store tells when it
// begins with the tokens, since their folder has to be mended.
func TestSessionIsKeptFirst(t *testing.T) {
	b, r := newBench(newDir(t)), testRequest("t1")
	must(t, os.MkdirAll(filepath.Join(b.Store.Dir, "tokens"), 0o700))
	must(t, os.Chmod(filepath.Join(b.Store.Dir, "tokens"), 0o755))
	told := false
	b.Store.Note = func(s string) {
		if told = strings.Contains(s, "tokens"); told {
			blob, err := os.ReadFile(sessionFile(t, b))
			if err != nil || !strings.Contains(string(blob), "refresh-of-alice") {
				t.Errorf("there is no session yet: %v", err)
			}
		}
	}
	b.silent = func(_ context.Context, r Request, _ cache.Session) (Grant, error) {
		return grant(r, "alice", "new"), nil
	}
	b.gets(t, r, "new")
	if !told || b.stored(t, r.Key) != "new" {
		t.Error("nothing was mended")
	}
}
