package userfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// names are the files of a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

func updater(before func(op string) error) Updater {
	return Updater{Read: os.ReadFile, Lock: Made(5 * time.Second), before: before}
}

func update(ctx context.Context, path string, edit func([]byte) ([]byte, error)) error {
	return updater(nil).Update(ctx, path, edit)
}

func to(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

func TestUpdate(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "new", "config")
	dir := filepath.Dir(path)
	if err := update(ctx, path, to("one")); err != nil {
		t.Fatal(err)
	}
	folder, err := os.Stat(dir)
	if err != nil || folder.Mode().Perm() != 0o700 {
		t.Error(folder.Mode(), err)
	}
	first, err := os.Stat(path)
	if err != nil || first.Mode().Perm() != 0o600 || readFile(t, path) != "one" {
		t.Error(first.Mode(), err)
	}
	if err := errors.Join(os.Chmod(path, 0o644), update(ctx, path, func(old []byte) ([]byte, error) {
		if string(old) != "one" {
			t.Errorf("%q", old)
		}
		if got := names(t, dir); got != "config config.lock" {
			t.Error(got)
		}
		if lock, err := os.Stat(path + lockMark); err != nil || runtime.GOOS != "windows" && lock.Mode() != 0o600 {
			t.Error(lock.Mode(), err)
		}
		return []byte("two"), nil
	})); err != nil {
		t.Fatal(err)
	}
	second, err := os.Stat(path)
	if err != nil || second.Mode().Perm() != 0o644 || readFile(t, path) != "two" || os.SameFile(first, second) {
		t.Error(second.Mode(), err)
	}
	if err := update(ctx, path, to("two")); err != nil {
		t.Fatal(err)
	}
	if third, err := os.Stat(path); err != nil || !os.SameFile(second, third) || third.ModTime() != second.ModTime() {
		t.Error("the same content was written again", err)
	}
	bad := &Error{What: "is bad"}
	if err := update(ctx, path, func([]byte) ([]byte, error) { return nil, bad }); err == nil || !errors.Is(err, bad) {
		t.Error(err)
	}
	if got := names(t, dir); got != "config" || readFile(t, path) != "two" {
		t.Error(got)
	}
}

// The backup stands beside the file while it is replaced, and nobody else can read it.
func TestUpdateKeepsABackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "old")
	writeFile(t, path+backupMark, "left by a kill")
	writeFile(t, path+newMark, "left by a kill, too")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	looked := false
	u := updater(func(op string) error {
		if op == "rename the new file" {
			looked = true
			info, err := os.Stat(path + backupMark)
			if err != nil || info.Mode().Perm() != 0o600 || readFile(t, path+backupMark) != "old" || readFile(t, path+newMark) != "new" {
				t.Error("no good backup", err)
			}
		}
		return nil
	})
	if err := u.Update(context.Background(), path, to("new")); err != nil || !looked {
		t.Error(err)
	}
	if got := names(t, filepath.Dir(path)); got != "config" || readFile(t, path) != "new" {
		t.Error(got)
	}
}

// A file that is linked to is changed where it lies, and kubectl is kept out under both names.
func TestUpdateFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	link, middle, file := filepath.Join(dir, "link"), filepath.Join(dir, "middle"), filepath.Join(dir, "dotfiles", "config")
	writeFile(t, file, "old")
	if err := errors.Join(os.Symlink("middle", link), os.Symlink(file, middle)); err != nil {
		t.Fatal(err)
	}
	edit := func([]byte) ([]byte, error) {
		if a, b := names(t, dir), names(t, filepath.Dir(file)); a != "dotfiles link link.lock middle" || b != "config config.lock" {
			t.Error(a, b)
		}
		return []byte("new"), nil
	}
	if err := update(context.Background(), link, edit); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(link); to != "middle" || err != nil {
		t.Error(to, err)
	}
	if a, b := names(t, dir), names(t, filepath.Dir(file)); a != "dotfiles link middle" || b != "config" || readFile(t, file) != "new" {
		t.Error(a, b)
	}
	if err := errors.Join(os.Remove(file), update(context.Background(), link, to("again"))); err != nil || readFile(t, file) != "again" {
		t.Error("through a link to a file that is not there:", err)
	}
	if err := errors.Join(os.Remove(middle), os.Symlink("link", middle)); err != nil {
		t.Fatal(err)
	}
	if err := update(context.Background(), link, to("x")); err == nil || !strings.Contains(err.Error(), "leads nowhere") {
		t.Error(err)
	}
}

// Each operation can fail, and then the file is as it was and nothing lies about.
func TestUpdateFails(t *testing.T) {
	for _, op := range []string{"make its folder", "lock it", "make a backup", "write the new file", "rename the new file"} {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "old")
		full := errors.New("the disk is full")
		met := false
		u := updater(func(now string) error {
			if now == op {
				met = true
				return full
			}
			return nil
		})
		err := u.Update(context.Background(), path, to("new"))
		var failed *WriteError
		if !errors.As(err, &failed) || !errors.Is(err, full) || !met || !strings.Contains(err.Error(), op) {
			t.Errorf("%s: %v", op, err)
		}
		if got := names(t, filepath.Dir(path)); got != "config" || readFile(t, path) != "old" {
			t.Errorf("%s leaves %s", op, got)
		}
	}
	// Not even a lock is put beside what is no file.
	dir := t.TempDir()
	folder := filepath.Join(dir, "config")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	u := updater(func(op string) error { t.Error(op); return nil })
	if err := u.Update(context.Background(), folder, to("x")); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Error(err)
	}
}

// mounted fails as the system does where a file is a mount of its own, and at one more operation: so many times.
func mounted(failing string, times int) Updater {
	return updater(func(op string) error {
		switch {
		case op == "rename the new file":
			return &os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EBUSY}
		case op == failing && times > 0:
			times--
			return &fs.PathError{Op: "write", Path: "config", Err: syscall.ENOSPC}
		}
		return nil
	})
}

// A file that is mounted by itself is written in place; where that fails it gets back what it held, or its backup stays.
func TestUpdateInPlace(t *testing.T) {
	const long = "what it held before is longer"
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "config")
	writeFile(t, path, long)
	before, err := os.Stat(path)
	if err := errors.Join(err, mounted("", 0).Update(ctx, path, to("new"))); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil || !os.SameFile(before, after) || readFile(t, path) != "new" || names(t, filepath.Dir(path)) != "config" {
		t.Error(err, names(t, filepath.Dir(path)), readFile(t, path))
	}
	writeFile(t, path, long)
	for _, op := range []string{"write it in place", "cut the rest off"} {
		var failed *WriteError
		if err := mounted(op, 1).Update(ctx, path, to("new")); !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
		if got := names(t, filepath.Dir(path)); got != "config" || readFile(t, path) != long {
			t.Error(op, got, readFile(t, path))
		}
	}
	if err := mounted("cut the rest off", 2).Update(ctx, path, to("new")); err == nil || !strings.Contains(err.Error(), path+beforeMark) {
		t.Error(err)
	}
	for range 2 { // nothing touches what is left
		if err := update(ctx, path, to("x")); err == nil || !strings.Contains(err.Error(), path+beforeMark) || readFile(t, path+beforeMark) != long {
			t.Error(err)
		}
	}
	if err := errors.Join(os.Rename(path+beforeMark, path), update(ctx, path, to("x"))); err != nil || readFile(t, path) != "x" {
		t.Error(err)
	}
}

// A file of several names is refused with what to do, and stays as it was.
func TestUpdateRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	writeFile(t, path, "old")
	var bad *Error
	other := filepath.Join(dir, "other")
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	if err := update(context.Background(), path, to("new")); !errors.As(err, &bad) || !strings.Contains(err.Error(), "has 2 names") {
		t.Error(err)
	}
	if got := names(t, dir); got != "config other" || readFile(t, path) != "old" || readFile(t, other) != "old" {
		t.Error(got)
	}
	if err := update(context.Background(), path, to("old")); err != nil {
		t.Error("nothing was to be changed:", err)
	}
	if err := errors.Join(os.Remove(other), update(context.Background(), path, to("new"))); err != nil || readFile(t, path) != "new" {
		t.Error(err)
	}
}

func TestUpdateWaitsForTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "old")
	writeFile(t, path+lockMark, "")
	err := Updater{Read: os.ReadFile, Lock: Made(50 * time.Millisecond)}.Update(context.Background(), path, to("new"))
	var locked *LockError
	if !errors.As(err, &locked) || locked.Lock != path+lockMark || locked.Since.IsZero() || readFile(t, path) != "old" {
		t.Fatal(err)
	}
	if names(t, filepath.Dir(path)) != "config config.lock" {
		t.Error("somebody else's lock is gone")
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	stop := errors.New("stop")
	time.AfterFunc(50*time.Millisecond, func() { cancel(stop) })
	if err := (Updater{Read: os.ReadFile, Lock: Made(time.Minute)}).Update(ctx, path, to("new")); !errors.Is(err, stop) {
		t.Error(err)
	}
	time.AfterFunc(100*time.Millisecond, func() { os.Remove(path + lockMark) })
	if err := (Updater{Read: os.ReadFile, Lock: Made(time.Minute)}).Update(context.Background(), path, to("new")); err != nil || readFile(t, path) != "new" {
		t.Error(err)
	}
}

// A signal that comes while the lock is held ends it before anything is written, and the lock with it.
func TestUpdateEndsByASignal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "old")
	ctx, cancel := context.WithCancel(context.Background())
	err := update(ctx, path, func([]byte) ([]byte, error) { cancel(); return []byte("new"), nil })
	if !errors.Is(err, context.Canceled) || readFile(t, path) != "old" || names(t, filepath.Dir(path)) != "config" {
		t.Error(err)
	}
}

const killedAt, killedFile, killedLock = "USERFILE_TEST_KILLED_AT", "USERFILE_TEST_KILLED_FILE", "USERFILE_TEST_KILLED_LOCK"

// TestMain lets the test binary be a program that is killed in the middle of an update.
func TestMain(m *testing.M) {
	if op := os.Getenv(killedAt); op != "" {
		u := updater(func(now string) error {
			if now == "rename the new file" && op == "cut the rest off" {
				return syscall.EBUSY
			}
			if now == op {
				self, _ := os.FindProcess(os.Getpid())
				self.Kill()
				select {}
			}
			return nil
		})
		u.Lock = locks(0)[os.Getenv(killedLock)]
		u.Update(context.Background(), os.Getenv(killedFile), to("the new text"))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func locks(wait time.Duration) map[string]Lock {
	return map[string]Lock{"made": Made(wait), "held": Held(wait)}
}

// TestUpdateKilled: a kill leaves the old or the new file whole, and the next update cleans up behind it. A lock that was
// made, and not held, it names and leaves alone.
func TestUpdateKilled(t *testing.T) {
	for op, want := range map[string]string{"lock it": "the old text", "make a backup": "the old text", "write the new file": "the old text",
		"rename the new file": "the old text", "flush the folder": "the new text"} {
		for kind, lock := range locks(0) {
			path := filepath.Join(t.TempDir(), "config")
			writeFile(t, path, "the old text")
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), killedAt+"="+op, killedFile+"="+path, killedLock+"="+kind)
			if err := cmd.Run(); err == nil {
				t.Errorf("%s: nobody was killed", op)
			}
			if got := readFile(t, path); got != want {
				t.Errorf("%s leaves %q", op, got)
			}
			u := Updater{Read: os.ReadFile, Lock: lock}
			if op != "lock it" && kind == "made" {
				var locked *LockError
				if err := u.Update(context.Background(), path, to("later")); !errors.As(err, &locked) {
					t.Errorf("%s: %v", op, err)
				}
				if err := os.Remove(path + lockMark); err != nil {
					t.Error(err)
				}
			}
			if err := u.Update(context.Background(), path, to("later")); err != nil || names(t, filepath.Dir(path)) != "config" || readFile(t, path) != "later" {
				t.Errorf("%s, %s leaves %s: %v", op, kind, names(t, filepath.Dir(path)), err)
			}
		}
	}
}

// Many writers at once add a letter each, and none is lost.
func TestUpdateExcludes(t *testing.T) {
	const writers, rounds = 8, 10
	for kind, lock := range locks(time.Minute) {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "")
		failed := make(chan error, writers)
		for range writers {
			go func() {
				var err error
				for range rounds {
					err = errors.Join(err, Updater{Read: os.ReadFile, Lock: lock}.Update(context.Background(), path,
						func(old []byte) ([]byte, error) { return append(old, 'x'), nil }))
				}
				failed <- err
			}()
		}
		for range writers {
			if err := <-failed; err != nil {
				t.Error(kind, err)
			}
		}
		if got := readFile(t, path); len(got) != writers*rounds || names(t, filepath.Dir(path)) != "config" {
			t.Errorf("%s: %d of %d, %s", kind, len(got), writers*rounds, names(t, filepath.Dir(path)))
		}
	}
}

// A kill while a file is written in place may leave it neither old nor new. Its backup is not touched then.
func TestUpdateKilledInPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "the old text, which is longer")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killedAt+"=cut the rest off", killedFile+"="+path, killedLock+"=made")
	if err := cmd.Run(); err == nil {
		t.Error("nobody was killed")
	}
	if err := os.Remove(path + lockMark); err != nil {
		t.Error(err)
	}
	err := update(context.Background(), path, to("later"))
	if bad := (*Error)(nil); !errors.As(err, &bad) || readFile(t, path+beforeMark) != "the old text, which is longer" {
		t.Error(err)
	}
}
