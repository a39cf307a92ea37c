//go:build unix

package cache

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// program writes a program, or what is none, and returns its path.
func program(t *testing.T, dir string, mode os.FileMode) string {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	path := filepath.Join(dir, "git")
	writeFile(t, path, "#!/bin/sh\n")
	must(t, os.Chmod(path, mode))
	return path
}

// A program is found where package os/exec finds it, and it is told where it was looked for. A place that depends on
// the current folder is none.
func TestFindProgram(t *testing.T) {
	dir := t.TempDir()
	in := func(names ...string) string {
		for i := range names {
			if names[i] != "" && names[i] != "." {
				names[i] = filepath.Join(dir, names[i])
			}
		}
		return strings.Join(names, string(filepath.ListSeparator))
	}
	here := program(t, in("here"), 0o700)
	later := program(t, in("later"), 0o700)
	text := program(t, in("text"), 0o600)
	must(t, os.MkdirAll(in("folder/git"), 0o700))
	must(t, os.Symlink(in("here"), in("link")))
	t.Chdir(in("here"))
	for _, c := range []struct {
		path, at string
		looked   []string
	}{
		{in("here", "later"), here, []string{here}},
		{in("none", "text", "folder", "here", "later"), here, []string{in("folder/git"), here, in("none/git"), text}},
		{in("later", "", "here"), later, []string{later}},
		{in("link"), in("link/git"), []string{in("link/git")}},
		{in("", "here"), "", nil},
		{in("none", ".", "here"), "", []string{in("none/git")}},
		{in("none", "text"), "", []string{in("none/git"), text}},
		{"", "", nil},
	} {
		trace := route.NewTrace(os.LookupEnv)
		trace.File("/") // as the file of the token
		got, ok := FindProgram("git", c.path, trace)
		_, files, whole := trace.Seen("/")
		var looked []string
		for _, f := range files {
			looked = append(looked, f.Path)
			if (f.Identity == "") != (f.Path == in("none/git")) || f.Path == got.Path && f.Identity != got.Identity {
				t.Errorf("%q: %+v, %+v", c.path, got, f)
			}
		}
		if slices.Sort(looked); ok != (c.at != "") || got.Path != c.at || !slices.Equal(looked, c.looked) || !whole {
			t.Errorf("%q: %+v, %v, after %q", c.path, got, ok, looked)
		}
	}
	a, _ := FindProgram("git", in("here"), nil)
	b, _ := FindProgram("git", in("link"), nil)
	if a.Identity != b.Identity || a.Identity == "" {
		t.Errorf("through a link it is another file: %+v, %+v", a, b)
	}
}

// What a git said is believed for a day, of this very file.
func TestGitVersion(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache"), Now: func() time.Time { return now }}}
	git := Program{Path: "/usr/bin/git", Identity: "1 2 3"}
	known := func(when string, git Program, want bool) {
		t.Helper()
		if said, ok := s.GitVersion(git); ok != want || want != (said == "git version 2.54.0\n") {
			t.Errorf("%s: %q, %v", when, said, ok)
		}
	}
	known("before", git, false)
	s.KeepGitVersion(git, "git version 2.54.0\n")
	known("after", git, true)
	for _, change := range []func(*Program){
		func(p *Program) { p.Path = "/USR/bin/git" }, func(p *Program) { p.Identity = "1 2 4" },
	} {
		other := git
		change(&other)
		known("another", other, false)
	}
	now = now.Add(-time.Nanosecond) // the clock was turned back: it is of the future
	known("from the future", git, false)
	now = now.Add(gitLife)
	known("before its end", git, true)
	now = now.Add(time.Nanosecond)
	known("at its end", git, false)

	newer := strings.Repeat("0", 64)
	writeFile(t, s.path(gits, newer), `{"version":99}`)
	other := git
	other.Path = "/opt/git"
	s.KeepGitVersion(other, "git version 2.54.0\n")
	known("another, stored later", other, true)
	if names, err := s.list(gits); err != nil || len(names) != 2 || !slices.Contains(names, newer) {
		t.Errorf("what counts no more is left, or what is newer is gone: %v, %v", names, err)
	}
	s = &Store{}
	s.KeepGitVersion(git, "git version 2.54.0\n")
	known("without a place", git, false)
}
