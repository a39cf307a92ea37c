//go:build unix

package agent

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Whoever only listens is no agent that serves: one that is being killed does that.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		said string
		want bool
	}{"serves": {"HTTP/1.1 200 OK\r\n\r\n", true}, "hangs up": {"", false}} {
		dir, err := os.MkdirTemp("", "el-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		go func() {
			if conn, err := l.Accept(); err == nil {
				conn.Read(make([]byte, 512))
				conn.Write([]byte(c.said))
				conn.Close()
			}
		}()
		if got := (Place{Path: path, Own: true}).Answers(t.Context(), os.Geteuid()); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (Place{Path: "/nowhere/s"}).Answers(t.Context(), os.Geteuid()) {
		t.Error("nobody answers")
	}
}

// Whoever only looks removes nothing, also no socket that ssh left behind.
func TestAnswersRemovesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "s")
	listen(t, path).Close()
	old := time.Now().Add(-2 * newborn)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if (Place{Path: path, stray: true}).Answers(t.Context(), os.Geteuid()) {
		t.Error("nobody answers")
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}
