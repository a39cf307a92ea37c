//go:build unix

package cache

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stranger is a user that the tests don't run as.
const stranger = 12345

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	return info.Mode().Perm()
}

func TestEverythingIsPrivate(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	s, said := newStore(t)
	keepToken(t, s, testKey, "a")
	must(t, s.KeepSession(testSession, session(t, "alice")))
	must(t, s.KeepSignIn(testKey.SignIn(), SignIn{}))
	s.KeepDiscovery("a", []byte("{}"))
	s.KeepOrganization("a", "t")
	s.KeepRefusal("a")
	unlock, err := s.LockSession(t.Context(), testSession, nil)
	must(t, err)
	unlock()
	seen := 0
	must(t, filepath.WalkDir(filepath.Dir(s.Dir), func(path string, d os.DirEntry, err error) error {
		must(t, err)
		want := os.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := mode(t, path); got != want {
			t.Errorf("%s has mode %o", path, got)
		}
		seen++
		return nil
	}))
	if seen != 2+8+9+1 || len(said.all) > 0 {
		t.Errorf("%d files and folders, said %q", seen, said.all)
	}
}

func TestOpenToOthers(t *testing.T) {
	for _, perm := range []os.FileMode{0o644, 0o640, 0o620, 0o601, 0o666, 0o777} {
		s, said := newStore(t)
		keepToken(t, s, testKey, "a")
		must(t, os.Chmod(s.tokenPath(testKey), perm))
		for range 2 {
			if got, err := both(t, s, testKey); err != nil || got.Value.Reveal() != "a" {
				t.Errorf("%o: %v", perm, err)
			}
		}
		if got := mode(t, s.tokenPath(testKey)); got != 0o600 {
			t.Errorf("%o became %o", perm, got)
		}
		if len(said.all) != 1 || !strings.Contains(said.all[0], s.tokenPath(testKey)) {
			t.Errorf("%o: said %q", perm, said.all)
		}
	}
}

func TestFolderOpenToOthers(t *testing.T) {
	s, said := newStore(t)
	s.Ours = true
	must(t, os.MkdirAll(filepath.Join(s.Dir, tokens), 0o755))
	for _, dir := range []string{s.Dir, filepath.Join(s.Dir, tokens)} {
		must(t, os.Chmod(dir, 0o755))
	}
	keepToken(t, s, testKey, "a")
	for _, dir := range []string{s.Dir, filepath.Join(s.Dir, tokens)} {
		if got := mode(t, dir); got != 0o700 {
			t.Errorf("%s has mode %o", dir, got)
		}
	}
	if len(said.all) != 2 {
		t.Errorf("said %q", said.all)
	}
}

// inPlace puts something else where the token file belongs. victim is a file outside of the cache.
var inPlace = map[string]struct {
	put  func(victim, path string) error
	what string
}{
	"symbolic link":          {os.Symlink, "is a symbolic link"},
	"dangling symbolic link": {func(victim, path string) error { return os.Symlink(victim+"-none", path) }, "is a symbolic link"},
	"link to a folder":       {func(victim, path string) error { return os.Symlink(filepath.Dir(victim), path) }, "is a symbolic link"},
	"hard link":              {os.Link, "has more than one name"},
	"FIFO":                   {func(_, path string) error { return syscall.Mkfifo(path, 0o600) }, "is not a regular file"},
	"folder":                 {func(_, path string) error { return os.Mkdir(path, 0o700) }, "is not a regular file"},
}

func TestSomethingElseInPlaceOfAFile(t *testing.T) {
	for name, test := range inPlace {
		t.Run(name, func(t *testing.T) {
			s, _ := newStore(t)
			keepToken(t, s, testKey, "genuine")
			victim := filepath.Join(filepath.Dir(s.Dir), "victim")
			content := readFile(t, s.tokenPath(testKey))
			writeFile(t, victim, content)
			must(t, os.Remove(s.tokenPath(testKey)))
			must(t, test.put(victim, s.tokenPath(testKey)))
			before, err := os.Lstat(s.tokenPath(testKey))
			must(t, err)
			place := (*Error)(nil)
			if _, err := both(t, s, testKey); !errors.As(err, &place) || !strings.Contains(place.What, test.what) || place.Path != s.tokenPath(testKey) {
				t.Errorf("reading: %v", err)
			}
			if err := s.KeepToken(testKey, testToken("new")); !errors.As(err, &place) || !strings.Contains(place.What, test.what) {
				t.Errorf("encoding: %v", err)
			}
			if err := s.write(tokens, testKey.Hash(), []byte("new")); !errors.As(err, &place) || !strings.Contains(place.What, test.what) {
				t.Errorf("writing: %v", err)
			}
			after, err := os.Lstat(s.tokenPath(testKey))
			if err != nil || after.Mode() != before.Mode() || readFile(t, victim) != content || len(names(t, s, tokens)) != 1 {
				t.Errorf("it was changed: %v", err)
			}
		})
	}
}

func TestDeviceAndSocket(t *testing.T) {
	place := (*Error)(nil)
	if _, err := (&Store{Folder: Folder{Dir: "/"}}).read("dev", "null"); !errors.As(err, &place) || !strings.Contains(place.What, "regular") {
		t.Errorf("a device: %v", err)
	}
	dir, err := os.MkdirTemp("", "s") // a socket's path may have about 100 bytes
	must(t, err)
	defer os.RemoveAll(dir)
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	must(t, err)
	defer syscall.Close(fd)
	must(t, os.Mkdir(filepath.Join(dir, tokens), 0o700))
	must(t, syscall.Bind(fd, &syscall.SockaddrUnix{Name: filepath.Join(dir, tokens, "x")}))
	s := &Store{Folder: Folder{Dir: dir, Ours: true}}
	if _, err := s.read(tokens, "x"); !errors.As(err, &place) {
		t.Errorf("reading a socket: %v", err)
	}
	if err := s.write(tokens, "x", nil); !errors.As(err, &place) || !strings.Contains(place.What, "regular") {
		t.Errorf("writing a socket: %v", err)
	}
}

// /etc/passwd and / belong to root. Where the tests run as root, files are given away instead.
func TestAnotherOwner(t *testing.T) {
	place := (*Error)(nil)
	theirs := func(what string, err error) {
		t.Helper()
		if !errors.As(err, &place) || place.What != "belongs to another user" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if os.Geteuid() != 0 {
		s := &Store{Folder: Folder{Dir: "/"}}
		_, err := s.read("etc", "passwd")
		theirs("reading", err)
		theirs("writing", s.write("etc", "passwd", nil))
		return
	}
	s, _ := newStore(t)
	keepToken(t, s, testKey, "a")
	must(t, os.Lchown(s.tokenPath(testKey), stranger, stranger))
	content := readFile(t, s.tokenPath(testKey))
	_, err := both(t, s, testKey)
	theirs("reading", err)
	theirs("writing", s.KeepToken(testKey, testToken("b")))
	theirs("writing below", s.write(tokens, testKey.Hash(), nil))
	if readFile(t, s.tokenPath(testKey)) != content {
		t.Error("it was overwritten")
	}
	for _, dir := range []string{filepath.Join(s.Dir, tokens), s.Dir} {
		s := &Store{Folder: Folder{Dir: s.Dir}}
		must(t, os.Lchown(dir, stranger, stranger))
		theirs(dir, s.write(tokens, "another", []byte("x")))
		must(t, os.Lchown(dir, 0, 0))
	}
	lock := s.path(locks, "session-"+sessionName(testSession))
	writeFile(t, lock, "")
	must(t, os.Lchown(lock, stranger, stranger))
	_, err = s.LockSession(t.Context(), testSession, nil)
	theirs("locking", err)
}

func TestLinkedFolders(t *testing.T) {
	s, _ := newStore(t)
	s.Ours = true
	elsewhere := t.TempDir()
	must(t, os.MkdirAll(s.Dir, 0o700))
	for _, folder := range []string{tokens, locks} {
		must(t, os.Symlink(elsewhere, filepath.Join(s.Dir, folder)))
	}
	place := (*Error)(nil)
	if err := s.KeepToken(testKey, testToken("x")); !errors.As(err, &place) || place.Path != filepath.Join(s.Dir, tokens) {
		t.Errorf("keeping: %v", err)
	}
	if _, err := s.LockSession(t.Context(), testSession, nil); !errors.As(err, &place) {
		t.Errorf("locking: %v", err)
	}
	if entries, err := os.ReadDir(elsewhere); len(entries) > 0 || err != nil {
		t.Errorf("%d files were written elsewhere", len(entries))
	}
	// The cache as a whole may be a link: people put it on another disk.
	linked := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "link")}}
	must(t, os.Symlink(elsewhere, linked.Dir))
	keepToken(t, linked, testKey, "x")
	if got, err := both(t, linked, testKey); err != nil || got.Value.Reveal() != "x" {
		t.Errorf("a linked cache: %v", err)
	}
}

// A full file system: files may not grow beyond 4 KiB.
func TestFullFileSystem(t *testing.T) {
	s, _ := newStore(t)
	keepToken(t, s, testKey, "old")
	before := readFile(t, s.tokenPath(testKey))
	out, err := startable(t, "full", s.Dir).Output()
	if err != nil || !strings.Contains(string(out), "*cache.Error: "+s.tokenPath(testKey)) {
		t.Errorf("got %q, %v", out, err)
	}
	if readFile(t, s.tokenPath(testKey)) != before || len(names(t, s, tokens)) != 1 {
		t.Errorf("left are %q", names(t, s, tokens))
	}
}

func childFull(args []string) {
	signal.Ignore(syscall.SIGXFSZ)
	check(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}))
	token := Token{Value: NewSecret(strings.Repeat("x", 64<<10)), Expires: testStart, Obtained: testStart}
	err := (&Store{Folder: Folder{Dir: args[0]}}).KeepToken(testKey, token)
	fmt.Printf("%T: %v\n", err, err)
}

// A cache that its user may read but not write.
func TestReadOnlyFolder(t *testing.T) {
	dir, err := os.MkdirTemp("", "entralogin")
	must(t, err)
	defer os.RemoveAll(dir)
	must(t, os.Chmod(dir, 0o755))
	s := &Store{Folder: Folder{Dir: filepath.Join(dir, "cache")}}
	keepToken(t, s, testKey, "old")
	before := readFile(t, s.tokenPath(testKey))
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		must(t, err)
		if os.Geteuid() == 0 && path != dir {
			must(t, os.Lchown(path, stranger, stranger))
		}
		if d.IsDir() {
			must(t, os.Chmod(path, 0o500))
			t.Cleanup(func() { os.Chmod(path, 0o700) })
		}
		return nil
	}))
	must(t, os.Chmod(dir, 0o555))
	out, err := startable(t, "stranger", s.Dir).Output()
	got := string(out)
	if err != nil || !strings.HasPrefix(got, "read: old <nil>\n") || strings.Count(got, "*cache.Error") != 3 || strings.Contains(got, "hang") {
		t.Errorf("got %q, %v", got, err)
	}
	if readFile(t, s.tokenPath(testKey)) != before || len(names(t, s, tokens)) != 1 {
		t.Errorf("left are %q", names(t, s, tokens))
	}
}

// childStranger is nobody that may do anything, if the tests run as root; else it is who they run as.
func childStranger(args []string) {
	becomeStranger()
	s := &Store{Folder: Folder{Dir: args[0]}}
	got, err := s.Token(testKey)
	fmt.Println("read:", got.Value.Reveal(), err)
	err = s.KeepToken(testKey, testToken("new"))
	fmt.Printf("replace: %T: %v\n", err, err)
	err = s.KeepSession(testSession, Session{})
	fmt.Printf("a new folder: %T: %v\n", err, err)
	_, err = s.lock(background(), "x", nil)
	fmt.Printf("lock: %T: %v\n", err, err)
}

// A writer is killed again and again, at any point of its work: what stands there is the old or the new.
func TestKilledWriter(t *testing.T) {
	const writers, kills = 4, 50
	for n := range writers {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			s, _ := newStore(t)
			keepToken(t, s, testKey, strings.Repeat("a", killedSize))
			renewed := false
			for i := range kills {
				killWriter(t, s, 1+i%3, time.Duration(i%20)*100*time.Microsecond)
				got, err := both(t, s, testKey)
				if err != nil {
					t.Fatalf("after %d kills: %v", i+1, err)
				}
				text := got.Value.Reveal()
				if len(text) != killedSize || strings.Trim(text, text[:1]) != "" {
					t.Fatalf("after %d kills: %d bytes, a mixture", i+1, len(text))
				}
				renewed = renewed || text[0] != 'a'
			}
			if !renewed {
				t.Error("nothing was ever written")
			}
		})
	}
}

// killWriter lets a process write, and kills it some time after it began to write for the nth time.
func killWriter(t *testing.T, s *Store, n int, later time.Duration) {
	t.Helper()
	cmd := startable(t, "write", s.Dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	_, err = io.ReadFull(out, make([]byte, n))
	must(t, err)
	time.Sleep(later)
	must(t, cmd.Process.Kill())
	cmd.Wait()
}

const killedSize = 100 << 10

func childWrite(args []string) {
	s := &Store{Folder: Folder{Dir: args[0]}}
	for i := 0; ; i++ {
		os.Stdout.WriteString("x")
		token := Token{Value: NewSecret(strings.Repeat(string(rune('b'+i%2)), killedSize)), Expires: testStart, Obtained: testStart}
		check(s.KeepToken(testKey, token))
	}
}

// What Go prints when a program dies shows no secret.
func TestSecretInPanic(t *testing.T) {
	for name := range withSecrets() {
		cmd := startable(t, "panic", name)
		var out strings.Builder
		cmd.Stderr, cmd.Env = &out, append(cmd.Env, "GOTRACEBACK=all")
		if err := cmd.Run(); err == nil || !strings.Contains(out.String(), "panic: ") {
			t.Errorf("%s: %v, %s", name, err, out.String())
		}
		noSecret(t, name+" in a panic", out.String())
	}
}

func childPanic(args []string) { panic(withSecrets()[args[0]]) }

func TestOpenToOthersIsFound(t *testing.T) {
	s, said := newStore(t)
	if got := s.OpenToOthers(); got != "" {
		t.Errorf("nothing is there: %q", got)
	}
	keepToken(t, s, testKey, "x")
	if got := s.OpenToOthers(); got != "" {
		t.Errorf("got %q", got)
	}
	must(t, os.Chmod(s.tokenPath(testKey), 0o640))
	if got := s.OpenToOthers(); got != s.tokenPath(testKey) {
		t.Errorf("got %q", got)
	}
	if mode := fileMode(t, s.tokenPath(testKey)); mode != 0o640 || len(said.all) > 0 {
		t.Errorf("looking mended it: %v, %q", mode, said.all)
	}
	if got := (&Store{}).OpenToOthers(); got != "" {
		t.Errorf("no folder: %q", got)
	}
}
