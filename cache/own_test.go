package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree is all that is below a folder: names, modes and content.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		info, err := d.Info()
		must(t, err)
		fmt.Fprintf(&all, "%s %v", path, info.Mode())
		if info.Mode().IsRegular() {
			fmt.Fprintf(&all, " %q", readFile(t, path))
		}
		all.WriteByte('\n')
		return nil
	}))
	return all.String()
}

// uses are the calls that write, move or delete.
func uses(t *testing.T, s *Store) map[string]func() error {
	return map[string]func() error{
		"settle":  func() error { return s.ApplyStorage(t.Context(), "") },
		"token":   func() error { return s.KeepToken(testKey, testToken("x")) },
		"session": func() error { return s.KeepSession(testSession, session(t, "alice")) },
		"reserve": func() error { return s.Reserve(testSession) },
		"lock": func() error {
			unlock, err := s.LockSession(t.Context(), testSession, taken)
			if err == nil {
				unlock()
			}
			return err
		},
		"logout": func() error { _, err := s.Forget(t.Context(), testSession, ""); return err },
		"clear":  func() error { return s.Clear(t.Context()) },
	}
}

// A folder of somebody else's files is refused, and nothing in it is changed.
func TestFolderOfOthers(t *testing.T) {
	session := "sessions/" + sessionName(testSession)
	for name, files := range map[string][]string{
		"a file":                            {"notes.txt"},
		"a hidden file":                     {".git"},
		"a file among tokens":               {"tokens/api.txt"},
		"notes among sessions":              {"sessions/my-notes.txt", session},
		"beside our own":                    {"tokens/" + testKey.Hash(), session, "locks/storage", "notes.txt"},
		"another's tag":                     {"CACHEDIR.TAG", "notes.txt"},
		"a folder of ours in another place": {"sub/tokens/" + testKey.Hash()},
	} {
		for _, perm := range []os.FileMode{0o755, 0o1777, 0o700} {
			s, said := newStore(t)
			for _, file := range files {
				path := filepath.Join(s.Dir, file)
				writeFile(t, path, "Signature: 8a477f597d28d172789f06886806bc55\n# by another program\n")
				must(t, os.Chmod(path, 0o644))
				must(t, os.Chmod(filepath.Dir(path), 0o755))
			}
			must(t, os.Chmod(s.Dir, perm&0o777|perm>>9&1*os.ModeSticky))
			before := tree(t, s.Dir)
			for use, call := range uses(t, s) {
				place := (*Error)(nil)
				if err := call(); !errors.As(err, &place) || place.Path != s.Dir || !errors.Is(err, ErrForeign) {
					t.Errorf("%s, %s: %v", name, use, err)
				}
			}
			s.KeepDiscovery("https://login.example/t", []byte(`{}`))
			s.KeepOrganization("https://dev.azure.com/contoso", "t")
			s.KeepRefusal("https://dev.azure.com/contoso")
			s.List()
			s.Locks()
			if after := tree(t, s.Dir); after != before || len(said.all) > 0 {
				t.Errorf("%s: it was\n%sand is\n%s%q", name, before, after, said.all)
			}
		}
	}
}

// A folder that is empty, or has the tag, or holds only what entralogin names so, is used.
func TestFolderOfOurs(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"empty":                                {},
		"with the tag":                         {tagName: tagMade, "notes.txt": "mine"},
		"with the other":                       {tagName: tagFound, "notes.txt": "mine"},
		"with a tag that a killed writer left": {tagName: "", "notes.txt": "mine"},
		"without a tag": {"tokens/" + testKey.Hash(): "", "sessions/" + sessionName(testSession) + asideMark: "", "locks/storage": "",
			"pending/" + testKey.Hash() + tempMark + strings.Repeat("A", 26): "", pinName: `{"version":1,"storage":"file"}`},
	} {
		for _, perm := range []os.FileMode{0o755, 0o700} {
			s, _ := newStore(t)
			must(t, os.MkdirAll(s.Dir, 0o700))
			for file, content := range files {
				writeFile(t, filepath.Join(s.Dir, file), content)
			}
			must(t, os.Chmod(s.Dir, perm))
			for range 2 {
				for use, call := range uses(t, &Store{Folder: Folder{Dir: s.Dir}}) {
					if err := call(); err != nil && !errors.Is(err, ErrNone) {
						t.Errorf("%s, %s: %v", name, use, err)
					}
				}
			}
			want := perm
			if files[tagName] == tagMade {
				want = 0o700 // entralogin made it, and mends it
			}
			if got := fileMode(t, s.Dir); got != want {
				t.Errorf("%s: the mode was %o and is %o", name, perm, got)
			}
			if len(files) > 0 && files["notes.txt"] != "" && readFile(t, filepath.Join(s.Dir, "notes.txt")) != "mine" {
				t.Errorf("%s: a file is gone", name)
			}
		}
	}
}

// A folder that was there first keeps its mode for ever; in one that every user may write in nothing is kept.
func TestFolderThatWasThere(t *testing.T) {
	s, said := newStore(t)
	must(t, os.MkdirAll(s.Dir, 0o755))
	must(t, os.Chmod(s.Dir, 0o755))
	for range 3 {
		keepToken(t, &Store{Folder: Folder{Dir: s.Dir, Note: said.add}}, testKey, "x")
	}
	if got := fileMode(t, s.Dir); got != 0o755 || fileMode(t, s.path(tokens, "")) != 0o700 || len(said.all) > 0 {
		t.Errorf("mode %o, said %q", got, said.all)
	}
	open, _ := newStore(t)
	must(t, os.MkdirAll(open.Dir, 0o700))
	must(t, os.Chmod(open.Dir, 0o777))
	place := (*Error)(nil)
	if err := open.KeepToken(testKey, testToken("x")); !errors.As(err, &place) || len(names(t, open, "")) > 0 || fileMode(t, open.Dir) != 0o777 {
		t.Errorf("got %v", err)
	}
}

// The default folder is entralogin's whatever lies there, but what has no name of entralogin's is left alone.
func TestStrangeFilesStay(t *testing.T) {
	s, _ := newStore(t)
	s.Ours = true
	strange := []string{"notes.txt", "tokens/api.txt", "tokens/api.txt" + asideMark, "sessions/my-notes.txt",
		"sessions/my-notes" + tempMark + strings.Repeat("A", 26), "pending/x", "tenants/x", "ways/x", "refusals/x", "discovery/x", "locks/x"}
	for _, file := range strange {
		writeFile(t, filepath.Join(s.Dir, file), "mine")
		long := testStart.AddDate(-1, 0, 0)
		must(t, os.Chtimes(filepath.Join(s.Dir, file), long, long))
	}
	must(t, s.KeepSession(testSession, session(t, "alice")))
	keepToken(t, s, testKey, "x")
	must(t, s.ApplyStorage(t.Context(), File))
	_, err := s.Forget(t.Context(), testSession, "")
	must(t, err)
	must(t, s.Clear(t.Context()))
	for _, file := range strange {
		if readFile(t, filepath.Join(s.Dir, file)) != "mine" {
			t.Errorf("%s was changed", file)
		}
	}
	if got := kinds(s.List()); got[EntryDamaged]+got[EntryTemporary] != 9 || len(got) != 2 {
		t.Errorf("listed are %v", got)
	}
}
