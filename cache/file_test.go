package cache

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestKeepAndRead(t *testing.T) {
	s, said := newStore(t)
	if _, err := both(t, s, testKey); !errors.Is(err, ErrNone) {
		t.Errorf("a missing token: %v", err)
	}
	if got, err := s.Session(testSession); err != nil || !got.IsZero() {
		t.Errorf("a missing session: %v", err)
	}
	if _, err := os.Stat(s.Dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading made the folder: %v", err)
	}
	k := testKey
	k.Account = "Alice@contoso.example"
	want := testToken("the-token")
	must(t, s.KeepToken(k, want))
	got, err := both(t, s, k)
	must(t, err)
	if !got.Value.Equal(want.Value) || !got.Expires.Equal(want.Expires) || !got.Obtained.Equal(want.Obtained) ||
		got.Kind != want.Kind || got.Account != want.Account || got.Tenant != want.Tenant {
		t.Errorf("got %+v, want %+v", got, want)
	}
	k.Account = ""
	if _, err := both(t, s, k); !errors.Is(err, ErrNone) {
		t.Errorf("the token of another account: %v", err)
	}
	if len(said.all) > 0 {
		t.Errorf("said %q", said.all)
	}
}

// A damaged token or session counts as none, stays where it is until it is set aside, and then makes way.
func TestDamagedFiles(t *testing.T) {
	for name, damage := range map[string]func(string) string{
		"0 bytes":           func(string) string { return "" },
		"a byte less":       func(s string) string { return s[:len(s)-2] },
		"half":              func(s string) string { return s[:len(s)/2] },
		"zeros":             func(s string) string { return strings.Repeat("\x00", len(s)) },
		"garbage":           func(string) string { return "\xff\xfe\x1b]0;x\x07" },
		"null":              func(string) string { return "null" },
		"array":             func(string) string { return "[]" },
		"empty object":      func(string) string { return "{}" },
		"version 0":         func(s string) string { return strings.Replace(s, `"version":1`, `"version":0`, 1) },
		"version -1":        func(s string) string { return strings.Replace(s, `"version":1`, `"version":-1`, 1) },
		"version is text":   func(s string) string { return strings.Replace(s, `"version":1`, `"version":"1"`, 1) },
		"of another host":   func(s string) string { return strings.Replace(s, `login.microsoftonline.com`, `evil.example`, 1) },
		"of another client": func(s string) string { return strings.Replace(s, testSession.Client, "other", 1) },
		"more after it":     func(s string) string { return s + "x" },
	} {
		t.Run(name, func(t *testing.T) { damaged(t, damage) })
	}
}

func damaged(t *testing.T, damage func(string) string) {
	s, said := newStore(t)
	keepToken(t, s, testKey, "old")
	must(t, s.KeepSession(testSession, session(t, "alice")))
	for _, path := range []string{s.tokenPath(testKey), s.sessionPath(testSession)} {
		content := damage(readFile(t, path))
		writeFile(t, path, content)
		_, tokenErr := both(t, s, testKey)
		_, sessionErr := s.Session(testSession)
		if path == s.tokenPath(testKey) && !errors.Is(tokenErr, ErrCorrupt) || path == s.sessionPath(testSession) && !errors.Is(sessionErr, ErrCorrupt) {
			t.Fatalf("got %v and %v", tokenErr, sessionErr)
		}
		if readFile(t, path) != content {
			t.Error("reading changed the file")
		}
	}
	must(t, s.SetAsideToken(testKey))
	must(t, s.SetAsideSession(testSession))
	if _, err := both(t, s, testKey); !errors.Is(err, ErrNone) {
		t.Errorf("after setting aside: %v", err)
	}
	if got, err := s.Session(testSession); err != nil || !got.IsZero() {
		t.Errorf("after setting aside: %v", err)
	}
	if len(said.all) != 2 || !strings.Contains(said.all[0], "damaged") {
		t.Errorf("said %q", said.all)
	}
	if ids, err := s.list(sessions); len(ids) > 0 || err != nil {
		t.Errorf("what was set aside is listed: %v, %v", ids, err)
	}
	keepToken(t, s, testKey, "new")
	if got, err := both(t, s, testKey); err != nil || got.Value.Reveal() != "new" {
		t.Errorf("after keeping anew: %v", err)
	}
}

// Accounts of another shape make the session damaged: nobody could be chosen, nor signed out.
func TestSessionWithOddAccounts(t *testing.T) {
	s, _ := newStore(t)
	must(t, s.KeepSession(testSession, session(t, "alice")))
	path := s.sessionPath(testSession)
	writeFile(t, path, strings.Replace(readFile(t, path), `"username":"alice@contoso.example"`, `"username":["x"]`, 1))
	if _, err := s.Session(testSession); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// A token that lacks its text, or stands in the file of another request, is damaged as well.
func TestTokenInAForeignFile(t *testing.T) {
	s, _ := newStore(t)
	other := testKey
	other.Account = "bob@contoso.example"
	keepToken(t, s, other, "of bob")
	writeFile(t, s.tokenPath(testKey), readFile(t, s.tokenPath(other)))
	if got, err := both(t, s, testKey); !errors.Is(err, ErrCorrupt) || !got.Value.IsZero() {
		t.Errorf("got a token of another account, %v", err)
	}
	keepToken(t, s, testKey, "")
	if _, err := both(t, s, testKey); !errors.Is(err, ErrCorrupt) {
		t.Errorf("got a token without text, %v", err)
	}
}

func TestNewerSchema(t *testing.T) {
	s, _ := newStore(t)
	id := testKey.SignIn()
	keepToken(t, s, testKey, "old")
	must(t, s.KeepSession(testSession, session(t, "alice")))
	must(t, s.KeepSignIn(id, SignIn{Asker: "x"}))
	s.KeepDiscovery("https://a/b", []byte("{}"))
	for path, try := range map[string]func() error{
		s.tokenPath(testKey):       func() error { return s.KeepToken(testKey, testToken("new")) },
		s.sessionPath(testSession): func() error { return s.KeepSession(testSession, session(t, "bob")) },
		s.path(pending, id.name()): func() error { return s.KeepSignIn(id, SignIn{Asker: "y"}) },
		s.path(discovery, documentName("https://a/b")): func() error {
			s.KeepDiscovery("https://a/b", []byte(`{"new":1}`))
			return &Error{What: "was written by a newer entralogin"}
		},
	} {
		content := strings.Replace(readFile(t, path), `"version":1`, `"version":2,"more":{"a":[1]}`, 1)
		writeFile(t, path, content)
		place := (*Error)(nil)
		if err := try(); !errors.As(err, &place) || !strings.Contains(err.Error(), "newer entralogin") {
			t.Errorf("keeping: %v", err)
		}
		if readFile(t, path) != content {
			t.Errorf("%s was overwritten", path)
		}
	}
	place := (*Error)(nil)
	if _, err := both(t, s, testKey); !errors.As(err, &place) || place.Path != s.tokenPath(testKey) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Session(testSession); !errors.As(err, &place) || place.Path != s.sessionPath(testSession) {
		t.Errorf("got %v", err)
	}
}

func TestTooLarge(t *testing.T) {
	s, _ := newStore(t)
	place := (*Error)(nil)
	content := `{"version":1}` + strings.Repeat(" ", 2<<20)
	writeFile(t, s.tokenPath(testKey), content)
	if _, err := both(t, s, testKey); !errors.As(err, &place) || !strings.Contains(place.What, "1 MiB") {
		t.Errorf("2 MiB: %v", err)
	}
	if err := s.KeepToken(testKey, testToken("x")); !errors.As(err, &place) {
		t.Errorf("over 2 MiB: %v", err)
	}
	if readFile(t, s.tokenPath(testKey)) != content {
		t.Error("it was changed")
	}
	writeFile(t, s.tokenPath(testKey), `{"version":1}`+strings.Repeat(" ", maxFile-len(`{"version":1}`)))
	if _, err := both(t, s, testKey); !errors.Is(err, ErrCorrupt) {
		t.Errorf("1 MiB: %v", err)
	}
	must(t, os.Remove(s.tokenPath(testKey)))
	keepToken(t, s, testKey, "old")
	if err := s.KeepToken(testKey, testToken(strings.Repeat("x", maxFile))); !errors.As(err, &place) {
		t.Errorf("what could never be read again is kept: %v", err)
	}
	if got, err := both(t, s, testKey); err != nil || got.Value.Reveal() != "old" {
		t.Errorf("the old one is gone: %v", err)
	}
}

func TestFolderInPlaceOfAFile(t *testing.T) {
	s, _ := newStore(t)
	must(t, os.MkdirAll(s.tokenPath(testKey), 0o700))
	place := (*Error)(nil)
	if _, err := both(t, s, testKey); !errors.As(err, &place) || place.Path != s.tokenPath(testKey) {
		t.Errorf("reading: %v", err)
	}
	if err := s.KeepToken(testKey, testToken("x")); !errors.As(err, &place) {
		t.Errorf("writing: %v", err)
	}
	if got := names(t, s, tokens); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

func TestFileInPlaceOfAFolder(t *testing.T) {
	for _, place := range []string{"", tokens} {
		s, _ := newStore(t)
		writeFile(t, filepath.Join(s.Dir, place), "x")
		wrong := (*Error)(nil)
		if err := s.KeepToken(testKey, testToken("x")); !errors.As(err, &wrong) {
			t.Errorf("%q: %v", place, err)
		}
		if readFile(t, filepath.Join(s.Dir, place)) != "x" {
			t.Error("the file is gone")
		}
	}
}

func TestNoPlace(t *testing.T) {
	s := &Store{}
	place := (*Error)(nil)
	if _, err := both(t, s, testKey); !errors.Is(err, ErrNone) {
		t.Errorf("token: %v", err)
	}
	if got, err := s.Session(testSession); !got.IsZero() || err != nil {
		t.Errorf("session: %v", err)
	}
	for name, err := range map[string]error{
		"KeepToken":   s.KeepToken(testKey, testToken("x")),
		"KeepSession": s.KeepSession(testSession, Session{}),
		"KeepSignIn":  s.KeepSignIn(testKey.SignIn(), SignIn{}),
	} {
		if !errors.As(err, &place) || !strings.Contains(err.Error(), "HOME") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.LockSession(t.Context(), testSession, nil); !errors.As(err, &place) {
		t.Errorf("lock: %v", err)
	}
	s.KeepDiscovery("a", []byte("{}"))
	for name, err := range map[string]error{
		"RemoveSession": s.RemoveSession(testSession), "RemoveSignIn": s.RemoveSignIn(testKey.SignIn()),
		"RemoveTokens": s.RemoveTokens(testSession, func(Key, Token) bool { return true }), "Clear": s.Clear(t.Context()),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, folder := range []string{tokens, sessions, pending, discovery, locks, "CACHEDIR.TAG"} {
		if _, err := os.Lstat(folder); err == nil {
			t.Errorf("%s was made in the working directory", folder)
		}
	}
}

func TestFolderThatGoes(t *testing.T) {
	s, _ := newStore(t)
	keepToken(t, s, testKey, "a")
	must(t, os.RemoveAll(filepath.Dir(s.Dir)))
	keepToken(t, s, testKey, "b")
	if got, err := both(t, s, testKey); err != nil || got.Value.Reveal() != "b" {
		t.Errorf("got %v", err)
	}
}

func TestCacheTag(t *testing.T) {
	s, _ := newStore(t)
	keepToken(t, s, testKey, "a")
	path := filepath.Join(s.Dir, "CACHEDIR.TAG")
	if got := readFile(t, path); !strings.HasPrefix(got, "Signature: 8a477f597d28d172789f06886806bc55\n") {
		t.Errorf("got %q", got)
	}
	writeFile(t, path, "mine")
	again := &Store{Folder: Folder{Dir: s.Dir}}
	keepToken(t, again, testKey, "b")
	if got := readFile(t, path); got != "mine" {
		t.Errorf("an existing tag was replaced by %q", got)
	}
}

// A killed writer leaves a temporary file, which can hold a refresh token.
func TestSweep(t *testing.T) {
	s, _ := newStore(t)
	host := SessionID{Authority: "login.tmp-a.example", Client: "c"}
	must(t, s.KeepSession(host, session(t, "alice")))
	must(t, s.KeepSession(testSession, session(t, "alice")))
	old, young := s.sessionPath(testSession)+tempMark+strings.Repeat("A", 26), s.sessionPath(testSession)+tempMark+strings.Repeat("B", 26)
	for path, age := range map[string]time.Duration{
		old: staleTemp + time.Second, young: staleTemp - time.Minute, s.sessionPath(testSession): 100 * 24 * time.Hour, s.sessionPath(host): 100 * 24 * time.Hour,
	} {
		if path == old || path == young {
			writeFile(t, path, "secret")
		}
		at := testStart.Add(-age)
		must(t, os.Chtimes(path, at, at))
	}
	s = &Store{Folder: Folder{Dir: s.Dir, Now: func() time.Time { return testStart }}}
	if ids, err := s.list(sessions); len(ids) != 2 || err != nil {
		t.Errorf("%d sessions are listed, %v", len(ids), err)
	}
	must(t, s.KeepSession(SessionID{Authority: "other", Client: "c"}, Session{}))
	for path, want := range map[string]bool{old: false, young: true, s.sessionPath(testSession): true, s.sessionPath(host): true} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

func TestNoTemporaryFileStays(t *testing.T) {
	s, _ := newStore(t)
	for range 5 {
		keepToken(t, s, testKey, "a")
	}
	if got := names(t, s, tokens); len(got) != 1 || got[0] != testKey.Hash() {
		t.Errorf("got %q", got)
	}
}
