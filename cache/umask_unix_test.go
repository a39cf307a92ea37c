//go:build unix

package cache

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// shared is a folder that the user may write in whom childStranger becomes.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "entralogin")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	if os.Geteuid() == 0 {
		must(t, os.Chown(dir, stranger, stranger))
	}
	return dir
}

// A umask that takes all rights away takes none from what is kept.
func TestUmask(t *testing.T) {
	for _, umask := range []string{"0777", "0700", "0277", "0000"} {
		s := &Store{Folder: Folder{Dir: filepath.Join(shared(t), "above", "cache")}}
		for range 2 {
			out, err := startable(t, "umask", s.Dir, umask).Output()
			if err != nil || string(out) != "kept\n" {
				t.Errorf("%s: said %q, %v", umask, out, err)
			}
		}
		seen := 0
		must(t, filepath.WalkDir(filepath.Dir(s.Dir), func(path string, d os.DirEntry, err error) error {
			must(t, err)
			want := os.FileMode(0o600)
			if d.IsDir() {
				want = 0o700
			}
			if got := mode(t, path); got != want {
				t.Errorf("%s: %s has mode %o", umask, path, got)
			}
			seen++
			return nil
		}))
		if seen < 12 {
			t.Errorf("%s: %d files and folders", umask, seen)
		}
	}
}

// What an earlier version made under such a umask can be read again.
func TestMendedModes(t *testing.T) {
	dir := filepath.Join(shared(t), "cache")
	if out, err := startable(t, "umask", dir, "0077").Output(); err != nil {
		t.Fatal(string(out), err)
	}
	s := &Store{Folder: Folder{Dir: dir}}
	for _, path := range []string{s.tokenPath(testKey), s.sessionPath(testSession), s.path(locks, sessionLock+sessionName(testSession)),
		s.path(tokens, ""), s.path(sessions, ""), s.path(locks, "")} {
		must(t, os.Chmod(path, 0))
	}
	for range 2 {
		if out, err := startable(t, "umask", dir, "0777").Output(); err != nil || string(out) != "kept\n" {
			t.Errorf("said %q, %v", out, err)
		}
	}
}

// becomeStranger drops all rights of root, if the tests run as root.
func becomeStranger() {
	if os.Geteuid() == 0 {
		check(syscall.Setgroups(nil))
		check(syscall.Setgid(stranger))
		check(syscall.Setuid(stranger))
	}
}

func childUmask(args []string) {
	becomeStranger()
	var umask int
	_, err := fmt.Sscanf(args[1], "%o", &umask)
	check(err)
	syscall.Umask(umask)
	s := &Store{Folder: Folder{Dir: args[0]}}
	if token, err := s.Token(testKey); err == nil && token.Value.Reveal() != "kept" {
		check(fmt.Errorf("got %q", token.Value.Reveal()))
	} else if _, there := os.Lstat(s.tokenPath(testKey)); there == nil {
		check(err)
	}
	_, err = s.Session(testSession)
	check(err)
	unlock, err := s.LockSession(background(), testSession, taken)
	check(err)
	defer unlock()
	check(s.KeepToken(testKey, testToken("kept")))
	check(s.KeepSession(testSession, bigSession("x")))
	check(s.KeepSignIn(testKey.SignIn(), SignIn{Failed: "declined"}))
	fmt.Println("kept")
}

// childKeep keeps a session and says how that ended.
func childKeep(args []string) {
	s, err := NewSession([]byte(msal("alice", "t1")))
	check(err)
	fmt.Println((&Store{Folder: Folder{Dir: args[0]}}).KeepSession(testSession, s))
}

// bigSession is one of about 20 KiB.
func bigSession(secret string) Session {
	s, err := NewSession([]byte(strings.ReplaceAll(msal("alice", "t1"), "refresh-of-alice", secret+strings.Repeat("r", 20<<10))))
	check(err)
	return s
}
