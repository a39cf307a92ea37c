package text

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestReadSecretFile(t *testing.T) {
	for name, test := range map[string]struct {
		put  func(path string) error
		what string
	}{
		"secret":   {func(path string) error { return os.WriteFile(path, []byte("a\x00b\n"), 0o400) }, ""},
		"largest":  {func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("a", 1<<10)), 0o600) }, ""},
		"larger":   {func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("a", 1<<10+1)), 0o600) }, "is larger than 1 KiB"},
		"empty":    {func(path string) error { return os.WriteFile(path, nil, 0o600) }, "is empty"},
		"none":     {func(string) error { return nil }, "can't be opened: no such file"},
		"folder":   {func(path string) error { return os.Mkdir(path, 0o700) }, "is a folder"},
		"device":   {func(path string) error { return os.Symlink("/dev/zero", path) }, "is neither a regular file nor a pipe"},
		"loop":     {func(path string) error { return os.Symlink(path, path) }, "can't be opened"},
		"mute":     {func(path string) error { return syscall.Mkfifo(path, 0o600) }, "is empty"},
		"readable": {func(path string) error { return os.WriteFile(path, []byte("a"), 0o644) }, "can be read or written by others than its owner (mode 0644)"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		must(t, test.put(path))
		got, err := ReadSecretFile(t.Context(), path, 1<<10)
		wrong, ok := errors.AsType[*FileError](err)
		if test.what == "" && (err != nil || len(got) == 0) || test.what != "" && (!ok || !strings.HasPrefix(wrong.What, test.what) || got != nil) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A mounted secret of root's, behind links, is read by whom root lets; a stranger's never is, and what anybody can write
// is no secret of root's.
func TestReadSecretFileOfRoot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	writeFile(t, path, "a")
	for _, test := range []struct {
		mode          fs.FileMode
		owner, reader int
		fine          bool
	}{{0o644, 0, 1000, true}, {0o440, 0, 1000, true}, {0o644, 0, 0, false}, {0o666, 0, 1000, false}, {0o600, 0, 0, true}, {0o640, 0, 0, false}, {0o604, 0, 0, false}} {
		must(t, os.Chmod(path, test.mode))
		info, err := os.Stat(path)
		must(t, err)
		info.Sys().(*syscall.Stat_t).Uid = uint32(test.owner)
		if what := unfitForSecrets(info, test.reader); test.fine != (what == "") {
			t.Errorf("mode %o of %d, read by %d: %q", test.mode, test.owner, test.reader, what)
		}
	}
	const stranger = 12345
	pipe := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(pipe, 0o600))
	for _, path := range []string{path, pipe} {
		info, err := os.Stat(path)
		must(t, err)
		info.Sys().(*syscall.Stat_t).Uid = stranger
		if what := unfitForSecrets(info, os.Geteuid()); what != "belongs to another user" {
			t.Errorf("%s of a stranger: %q", path, what)
		}
	}
}

// A shell's <(COMMAND) is a pipe that may take its time, and is read once.
func TestReadSecretFileOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	must(t, syscall.Mkfifo(path, 0o600))
	hold, err := os.OpenFile(path, os.O_RDWR, 0) // so that a reader finds a writer
	must(t, err)
	type answer struct {
		data []byte
		err  error
	}
	read := func(ctx context.Context) chan answer {
		got := make(chan answer, 1)
		go func() {
			data, err := ReadSecretFile(ctx, path, 1<<10)
			got <- answer{data, err}
		}()
		return got
	}
	ctx, cancel := context.WithCancel(t.Context())
	begun := time.Now()
	got := read(ctx)
	cancel()
	if a := <-got; !errors.Is(a.err, context.Canceled) || a.data != nil || time.Since(begun) >= pipeWait { // which ends it in any case
		t.Errorf("ended: %q, %v", a.data, a.err)
	}
	_, err = hold.WriteString("late")
	must(t, err)
	got = read(t.Context())
	writer, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	for begun := false; !begun; { // the reader has taken what was there
		n, err := unreadIn(hold)
		must(t, err)
		begun = n == 0
	}
	_, err = writer.WriteString("r")
	must(t, errors.Join(err, writer.Close(), hold.Close()))
	if a := <-got; a.err != nil || string(a.data) != "later" {
		t.Errorf("a pipe: %q, %v", a.data, a.err)
	}
}

// unreadIn is how many bytes of a pipe nobody has read yet.
func unreadIn(f *os.File) (int, error) { return unix.IoctlGetInt(int(f.Fd()), unix.TIOCINQ) }
