//go:build unix

package text

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestReadUserFileOfAnotherKind(t *testing.T) {
	for name, test := range map[string]struct {
		put  func(path string) error
		what string
	}{
		"folder": {func(path string) error { return os.Mkdir(path, 0o700) }, "is a folder"},
		"FIFO":   {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "is not a regular file"},
		"device": {func(path string) error { return os.Symlink("/dev/zero", path) }, "is not a regular file"},
		"loop":   {func(path string) error { return os.Symlink(path, path) }, "can't be opened"},
		"100 MB": {func(path string) error { writeFile(t, path, ""); return os.Truncate(path, 100_000_000) }, "is larger than 1 MiB"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		must(t, test.put(path))
		got, err := ReadUserFile(path)
		var wrong *FileError
		if !errors.As(err, &wrong) || wrong.Path != path || !strings.HasPrefix(wrong.What, test.what) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadUserFileThatOthersCanWrite(t *testing.T) {
	for mode, fine := range map[os.FileMode]bool{0o600: true, 0o644: true, 0o444: true, 0o755: true, 0o620: false, 0o602: false, 0o666: false, 0o664: false} {
		path := filepath.Join(t.TempDir(), "file")
		writeFile(t, path, "a: b")
		must(t, os.Chmod(path, mode))
		got, err := ReadUserFile(path)
		if fine && (err != nil || string(got) != "a: b") || !fine && (err == nil || got != nil || !strings.Contains(err.Error(), "chmod go-w")) {
			t.Errorf("%o: %v", mode, err)
		}
	}
}

// Root can give a file away; anybody else can't, and is told by the numbers alone.
func TestReadUserFileOfAnotherOwner(t *testing.T) {
	if _, err := ReadUserFile("/etc/passwd"); err != nil {
		t.Errorf("root's: %v", err)
	}
	const me, stranger = 1000, 12345
	for owner, want := range map[int]bool{0: false, me: false, stranger: true} {
		if isForeign(owner, me) != want || isForeign(owner, 0) != (owner != 0) {
			t.Errorf("of %d: %v for %d, %v for root", owner, isForeign(owner, me), me, isForeign(owner, 0))
		}
	}
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, "a: b")
	info, err := os.Stat(path)
	must(t, err)
	if foreign(info) {
		t.Error("one's own is foreign")
	}
	info.Sys().(*syscall.Stat_t).Uid = stranger
	if !foreign(info) {
		t.Error("a stranger's is not foreign")
	}
	if os.Geteuid() == 0 {
		must(t, os.Lchown(path, stranger, stranger))
		if got, err := ReadUserFile(path); err == nil || got != nil || !strings.Contains(err.Error(), "belongs to another user") {
			t.Errorf("a stranger's: %v", err)
		}
	}
}

// What was opened is what is examined: a link is followed, and its target's mode counts.
func TestReadUserFileBehindALink(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := os.WriteFile(file, []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadUserFile(link); err != nil || string(got) != "a" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadUserFile(link); err == nil || !strings.Contains(err.Error(), "mode 0666") {
		t.Errorf("got %v", err)
	}
}
