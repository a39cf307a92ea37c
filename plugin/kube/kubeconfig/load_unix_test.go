//go:build unix

package kubeconfig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// pipe is a path from which a text can be read once, as that of a shell's <(...).
func pipe(t *testing.T, text string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	_, err = w.WriteString(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/dev/fd/%d", r.Fd())
}

// A pipe is read once, where it is the only file; and nothing waits for somebody who writes.
func TestLoadFromAPipe(t *testing.T) {
	dir := t.TempDir()
	file, fifo := filepath.Join(dir, "config"), filepath.Join(dir, "fifo")
	writeFile(t, file, kubectlStyle)
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	alone := pipe(t, kubectlStyle)
	c, err := load(alone)
	if err != nil || c.AuthInfos["alice"].LocationOfOrigin != alone || string(c.Files[alone].Text) != kubectlStyle {
		t.Errorf("%v: %+v", err, c)
	}
	if c, err := load(os.DevNull, fifo, file, pipe(t, "")); err != nil || c.Context("one").AuthInfo != "alice" {
		t.Errorf("%v: %+v", err, c)
	}
	if _, err := load(file, pipe(t, kubectlStyle)); !errors.As(err, new(*Error)) || !strings.Contains(err.Error(), "read twice") {
		t.Error(err)
	}
}
