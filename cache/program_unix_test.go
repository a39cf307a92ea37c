//go:build unix

package cache

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
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

// A program is found where package os/exec finds it, with all places that were looked at before. A place that depends on
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
		passed   []string
	}{
		{in("here", "later"), here, nil},
		{in("none", "text", "folder", "here", "later"), here, []string{in("none/git"), text, in("folder/git")}},
		{in("later", "", "here"), later, nil},
		{in("link"), in("link/git"), nil},
		{in("", "here"), "", nil},
		{in("none", ".", "here"), "", nil},
		{in("none", "text"), "", nil},
		{"", "", nil},
	} {
		got, ok := FindProgram("git", c.path)
		if ok != (c.at != "") || got.Path != c.at || !slices.Equal(got.Passed, c.passed) {
			t.Errorf("%q: %+v, %v", c.path, got, ok)
		}
	}
	a, _ := FindProgram("git", in("here"))
	b, _ := FindProgram("git", in("link"))
	if a.Path = b.Path; a.Program != b.Program || a.Inode == 0 || a.Changed == 0 {
		t.Errorf("through a link it is another file: %+v, %+v", a, b)
	}
}

// What a git said is believed for a day, of this very file.
func TestGitVersion(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	s := &Store{Folder: Folder{Dir: filepath.Join(t.TempDir(), "cache"), Now: func() time.Time { return now }}}
	git := Program{Path: "/usr/bin/git", Device: 1, Inode: 2, Size: 3, Modified: 4, Changed: 5}
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
		func(p *Program) { p.Path = "/USR/bin/git" }, func(p *Program) { p.Device++ }, func(p *Program) { p.Inode++ },
		func(p *Program) { p.Size++ }, func(p *Program) { p.Modified++ }, func(p *Program) { p.Changed++ },
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
