package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// filled puts two sessions, what az login was given, three tokens and a failed sign-in into a Store.
func filled(t *testing.T, s *Store) {
	t.Helper()
	for _, id := range twoSessions() {
		must(t, s.KeepSession(id, testMSAL(t, "refresh-token-"+id.Client)))
		k := testKey
		k.SessionID = id
		keepToken(t, s, k, "access-token-"+id.Client)
	}
	keepAzure(t, s, testAzureLogin("az-secret-token"))
	id := testKey
	id.Kind = ID
	keepToken(t, s, id, "id-token")
	must(t, s.KeepSignIn(testKey.SignIn(), SignIn{Failed: "declined", Text: "somebody@contoso.example", When: testStart}))
}

func twoSessions() []SessionID {
	return []SessionID{testSession, {Authority: testSession.Authority, Client: "66666666-7777-8888-9999-000000000000"}}
}

// whole fails unless each session can be read, and each token and the sign-in if all is true.
func whole(t *testing.T, s *Store, all bool) {
	t.Helper()
	for _, id := range twoSessions() {
		session, err := s.Session(id)
		if err != nil || !strings.Contains(string(session.Reveal()), "refresh-token-"+id.Client) {
			t.Fatalf("the session of %s: %v %s", id.Client, err, session.Reveal())
		}
		k := testKey
		k.SessionID = id
		if got, err := both(t, s, k); all && (err != nil || got.Value.Reveal() != "access-token-"+id.Client) {
			t.Fatalf("the token of %s: %v", id.Client, err)
		}
	}
	if got := azureSecret(t, s); all && got != "az-secret-token" {
		t.Fatalf("what az login was given: %q", got)
	}
	if r, ok := s.SignIn(testKey.SignIn()); all && (!ok || r.Failed != "declined") {
		t.Fatal("the sign-in is lost")
	}
}

// lies reports in how many files below dir a text stands.
func lies(t *testing.T, dir, text string) int {
	t.Helper()
	found := 0
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && strings.Contains(readFile(t, path), text) {
			found++
		}
		return err
	}))
	return found
}

// runtimeFolder is a folder such as XDG_RUNTIME_DIR is: on Linux in memory, as systems have it.
func runtimeFolder(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("no system but Linux has memory for files")
	}
	dir, err := os.MkdirTemp("/dev/shm", "entralogin-test-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func routes() [][]Storage {
	return [][]Storage{
		{Keyctl}, {Keyctl, File}, {Keyring, Keyctl}, {Memory}, {Memory, File}, {Keyring, Memory}, {Memory, Keyring},
		{Agent}, {Agent, File}, {Memory, Agent},
	}
}

// What is stored moves with the storage, and nothing stays behind.
func TestMove(t *testing.T) {
	for _, route := range routes() {
		t.Run(fmt.Sprint(route), func(t *testing.T) {
			s, _, said := sealing(t)
			s.Runtime = runtimeFolder(t)
			filled(t, s)
			writeFile(t, s.tokenPath(testKey)+asideMark, "access-token, set aside")
			for _, to := range route {
				s = again(s)
				before := len(said.all)
				must(t, s.ApplyStorage(t.Context(), to))
				if len(said.all) != before+1 || !strings.Contains(said.all[before], "storage "+string(to)+" is in force") {
					t.Errorf("said %q", said.all)
				}
				whole(t, s, true)
				onDisk, inMemory := lies(t, s.home().Dir, "-token"), lies(t, s.Runtime, "-token")
				if to == File && onDisk != 6 || to != File && onDisk != 0 || to == Memory && inMemory != 6 || to != Memory && inMemory != 0 {
					t.Errorf("%s: %d plain files on the disk, %d in memory", to, onDisk, inMemory)
				}
				later := again(s) // without a setting
				must(t, later.ApplyStorage(t.Context(), ""))
				whole(t, later, true)
				must(t, later.KeepSession(testSession, testMSAL(t, "refresh-token-"+testSession.Client)))
				if p, err := later.pinned(); err != nil || p.Storage != to || p.From != "" {
					t.Errorf("pinned %+v, %v", p, err)
				}
				if after := lies(t, s.home().Dir, "-token"); after != onDisk {
					t.Errorf("%s: written in another storage", to)
				}
			}
			keys := 0
			for _, v := range s.safe.vaults {
				keys += len(v.(*memoryVault).keys)
			}
			if last := route[len(route)-1]; last.Seals() && keys != 1 || !last.Seals() && keys != 0 {
				t.Errorf("%d keys are left", keys)
			}
		})
	}
}

// A move that ends at any call of the file system leaves all that can be read, and the next call goes on.
func TestMoveKilled(t *testing.T) {
	killed := errors.New("killed")
	for _, route := range routes() {
		t.Run(fmt.Sprint(route), func(t *testing.T) {
			t.Parallel()
			for n, done := 0, false; !done; n++ {
				s, _, _ := sealing(t)
				s.Runtime = runtimeFolder(t)
				s.Dir = filepath.Join(s.Runtime, "cache") // where a flush costs nothing
				filled(t, s)
				for _, to := range route[:len(route)-1] {
					s = again(s)
					must(t, s.ApplyStorage(t.Context(), to))
				}
				last := route[len(route)-1]
				calls := 0
				s = again(s)
				s.step = func(op, path string) error {
					if Changes(op, path) {
						calls++
					}
					if calls > n {
						return killed // as is every call after it: nothing is done any more
					}
					return nil
				}
				s.ApplyStorage(t.Context(), last)
				done = calls <= n
				next := again(s)
				next.Note = nil
				next.Locate()
				next.step = nil
				readableSomewhere(t, next)
				must(t, next.ApplyStorage(t.Context(), ""))
				must(t, next.ApplyStorage(t.Context(), last))
				whole(t, next, true)
				if plain := lies(t, next.home().Dir, "-token"); (plain != 0) != (last == File) {
					t.Fatalf("after %d calls: %d plain files", n, plain)
				}
				if p, err := again(next).pinned(); err != nil || p.Storage != last || p.From != "" {
					t.Fatalf("after %d calls: pinned %+v, %v", n, p, err)
				}
			}
		})
	}
}

// readableSomewhere fails unless each session can be read in the cache folder or in memory.
func readableSomewhere(t *testing.T, s *Store) {
	t.Helper()
	for _, id := range twoSessions() {
		found := slices.ContainsFunc([]string{s.home().Dir, filepath.Join(s.Runtime, "entralogin")}, func(dir string) bool {
			session, err := s.at(dir, true).session(id)
			return err == nil && strings.Contains(string(session.Reveal()), "refresh-token-"+id.Client)
		})
		if !found {
			t.Fatal("a session is lost")
		}
	}
}

// Whoever held a session's lock when the storage changed writes before the move, whoever comes later
// writes into the new storage.
func TestMoveWaitsForWriters(t *testing.T) {
	s, _, _ := sealing(t)
	filled(t, s)
	unlock, err := s.LockSession(t.Context(), testSession, nil)
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- again(s).ApplyStorage(t.Context(), Keyctl) }()
	writer := again(s)
	for p, err := writer.pinned(); err != nil || p.Storage != Keyctl; p, err = writer.pinned() {
	}
	select {
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	default:
	}
	must(t, writer.KeepSession(testSession, testMSAL(t, "refresh-token-"+testSession.Client)))
	unlock()
	must(t, <-done)
	whole(t, again(s), true)
	if lies(t, s.Dir, "-token") != 0 {
		t.Error("something stays plain")
	}
}

// Nothing is ever stored in a weaker way than was chosen.
func TestNeverDowngraded(t *testing.T) {
	locked := &StorageError{Storage: Keyring, What: "is locked"}
	refused := func(t *testing.T, err error) {
		t.Helper()
		if got := (*StorageError)(nil); !errors.As(err, &got) {
			t.Errorf("got %v", err)
		}
	}
	t.Run("chosen, not to be had", func(t *testing.T) {
		s, v, _ := sealing(t)
		filled(t, s)
		v.err = locked
		refused(t, s.ApplyStorage(t.Context(), Keyring))
		if p, err := s.pinned(); err != nil || p.Storage != File {
			t.Errorf("pinned %+v, %v", p, err)
		}
		whole(t, again(s), true)
	})
	t.Run("in force, not to be had", func(t *testing.T) {
		s, v, _ := sealing(t)
		must(t, s.ApplyStorage(t.Context(), Keyring))
		filled(t, s)
		v.err = locked
		s = again(s)
		refused(t, s.ApplyStorage(t.Context(), ""))
		refused(t, s.KeepSession(testSession, testMSAL(t, "plain")))
		refused(t, s.KeepToken(testKey, testToken("plain")))
		refused(t, s.ApplyStorage(t.Context(), File))
		refused(t, s.ApplyStorage(t.Context(), Keyctl))
		if lies(t, s.Dir, "plain") != 0 {
			t.Error("stored plainly")
		}
		v.err = nil
		whole(t, again(s), true)
		v.err = locked
		must(t, again(s).Clear(t.Context()))
		must(t, again(s).ApplyStorage(t.Context(), File)) // nothing is there that could not be moved
	})
	t.Run("the pin is damaged", func(t *testing.T) {
		for _, text := range []string{"", "garbage", "{}", `{"version":1}`, `{"version":1,"storage":"keyring"}`, `{"version":1,"storage":"paper"}`, `{"version":2,"storage":"file"}`} {
			s, _, _ := sealing(t)
			writeFile(t, s.path("", pinName), text)
			var place *Error
			if err := s.ApplyStorage(t.Context(), ""); !errors.As(err, &place) {
				t.Errorf("%q: got %v", text, err)
			}
			if err := s.KeepSession(testSession, testMSAL(t, "plain")); !errors.As(err, &place) || lies(t, s.Dir, "plain") != 0 {
				t.Errorf("%q: stored: %v", text, err)
			}
			if err := s.ApplyStorage(t.Context(), Keyring); (err == nil) == strings.Contains(text, "2") {
				t.Errorf("%q: said anew: %v", text, err)
			}
		}
	})
	t.Run("nothing can be written", func(t *testing.T) {
		s, _, said := sealing(t)
		filled(t, s)
		s = again(s)
		s.step = func(op, path string) error {
			if strings.HasSuffix(path, pinName) && op != "open" || op == "open" && strings.Contains(path, tempMark) && strings.Contains(path, pinName) {
				return errors.New("read-only")
			}
			return nil
		}
		must(t, s.ApplyStorage(t.Context(), Keyring))
		if len(said.all) == 0 {
			t.Error("nothing was said")
		}
		refused(t, s.KeepSession(testSession, testMSAL(t, "secret-of-now")))
		if lies(t, s.Dir, "secret-of-now") != 0 {
			t.Error("stored plainly")
		}
	})
	t.Run("no memory", func(t *testing.T) {
		s, _, _ := sealing(t)
		for _, dir := range []string{"", "relative", t.TempDir(), "/does/not/exist"} {
			s.Runtime = dir
			refused(t, s.ApplyStorage(t.Context(), Memory))
			refused(t, s.OpenMemory())
		}
	})
}

// What memory needs: a runtime folder of the user's own, in memory.
func TestMemory(t *testing.T) {
	dir := runtimeFolder(t)
	must(t, inMemory(dir))
	for mode, want := range map[os.FileMode]string{0o755: "0755", 0o770: "0770", 0o500: "0500"} {
		must(t, os.Chmod(dir, mode))
		if err := inMemory(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", mode, err)
		}
	}
	must(t, os.Chmod(dir, 0o700))
	file := filepath.Join(dir, "file")
	writeFile(t, file, "")
	for place, want := range map[string]string{"": "not set", "run": "not set", file: "not a folder", filepath.Join(dir, "none"): "no such file"} {
		if err := inMemory(place); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", place, err)
		}
	}
}

// A move to memory was killed with something in each place: all of it is found, counts, and can be deleted.
func TestMoveHalfway(t *testing.T) {
	halfway := func(t *testing.T) *Store {
		s, _, _ := sealing(t)
		s.Runtime = runtimeFolder(t)
		both, err := session(t, "alice").Merge(session(t, "bob"))
		must(t, err)
		must(t, s.KeepSession(testSession, both))
		old := testKey
		old.Tenant = "old"
		token := testToken("token-of-alice")
		must(t, s.KeepToken(old, token))
		must(t, s.KeepSignIn(testKey.SignIn(), SignIn{Failed: "declined", Text: "a sign-in"}))
		must(t, s.keepPin(pin{Storage: Memory, From: File}))
		unlock, err := s.LockSession(t.Context(), testSession, nil)
		must(t, err)
		defer unlock()
		if s.Dir == s.home().Dir {
			t.Fatalf("what is written goes to %s", s.Dir)
		}
		if got, err := s.Session(testSession); err != nil || !strings.Contains(string(got.Reveal()), "refresh-of-bob") {
			t.Errorf("the session in the old place: %v", err)
		}
		newer, err := NewSession([]byte(strings.ReplaceAll(msal("alice", "t1"), "refresh-of-alice", "renewed-of-alice")))
		must(t, err)
		must(t, s.KeepSession(testSession, newer))
		must(t, s.KeepToken(testKey, token))
		return s
	}
	s := halfway(t)
	got, err := s.Session(testSession)
	if text := string(got.Reveal()); err != nil || !strings.Contains(text, "renewed-of-alice") || strings.Contains(text, "refresh-of-alice") || !strings.Contains(text, "refresh-of-bob") {
		t.Errorf("got %v, %s", err, text)
	}
	if tokens, err := s.TokensOf(testSession); err != nil || len(tokens) != 2 {
		t.Errorf("%d tokens, %v", len(tokens), err)
	}
	if _, err := s.Forget(t.Context(), testSession, "alice@contoso.example"); err != nil {
		t.Error(err)
	}
	must(t, again(s).ApplyStorage(t.Context(), ""))
	for _, dir := range []string{s.home().Dir, s.Runtime} {
		if lies(t, dir, "-of-alice") > 0 {
			t.Errorf("something of alice is left in %s", dir)
		}
	}
	if got, err := s.Session(testSession); err != nil || !strings.Contains(string(got.Reveal()), "refresh-of-bob") {
		t.Errorf("bob is gone, too: %v", err)
	}
	for name, forget := range map[string]func(*Store) error{
		"the session": func(s *Store) error { _, err := s.Forget(t.Context(), testSession, ""); return err },
		"everything":  func(s *Store) error { return s.Clear(t.Context()) },
		"its tokens": func(s *Store) error {
			return errors.Join(s.RemoveTokens(testSession, func(Key, Token) bool { return true }), s.RemoveSession(testSession))
		},
	} {
		s := halfway(t)
		must(t, forget(s))
		must(t, again(s).ApplyStorage(t.Context(), ""))
		if lies(t, s.home().Dir, "-of-")+lies(t, s.Runtime, "-of-") > 0 {
			t.Errorf("%s: something is left", name)
		}
		if name == "everything" && lies(t, s.home().Dir, "a sign-in")+lies(t, s.Runtime, "a sign-in") > 0 {
			t.Error("a sign-in is left")
		}
	}
}
