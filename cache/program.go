package cache

import (
	"os/exec"
	"path/filepath"
	"time"
)

// gits is the folder of what gits said of themselves.
const gits = "gits"

// EntryGit is the Kind of a record of what a git said of itself.
const EntryGit = "git"

// Program tells a program's file apart from every other that takes its place: a file that is written, replaced, or
// found at the end of another link has another Program. Windows has no inode: there it is told by its size and times
// alone, which an update changes as well.
type Program struct {
	Path     string `json:"path"` // absolute
	Device   uint64 `json:"device,omitempty"`
	Inode    uint64 `json:"inode,omitempty"`
	Size     int64  `json:"size"`
	Modified int64  `json:"modified"` // nanoseconds since 1970
	Changed  int64  `json:"changed"`  // the same, of the inode; on Windows when the file was made
}

// Found is a program, and where it was looked for before.
type Found struct {
	Program
	Passed []string // paths on the way to it: nothing is there, or nothing that can be run
}

// FindProgram looks for a program along a PATH as package os/exec does. It finds none where a folder of the PATH
// stands in the way whose meaning depends on the current one.
func FindProgram(name, path string) (found Found, ok bool) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			break
		}
		at := filepath.Join(dir, name)
		if file, err := exec.LookPath(at); err == nil {
			found.Program, ok = identify(file)
			return found, ok
		}
		found.Passed = append(found.Passed, at)
	}
	return Found{}, false
}

// gitLife bounds how long a git is taken at its word: it may be a script, whose file stays as it is when the git that
// it runs is another one.
const gitLife = 24 * time.Hour

type gitFile struct {
	header
	Program
	Said string    `json:"said"`
	When time.Time `json:"when"`
}

func (f gitFile) counts(now time.Time) bool {
	age := now.Sub(f.When)
	return age >= 0 && age < gitLife
}

// GitVersion returns what a git said of its version within the last day. What can't be read, or is of the future, counts
// as nothing.
func (s *Folder) GitVersion(git Program) (said string, ok bool) {
	var f gitFile
	if s.decode(gits, documentName(git.Path), &f) != nil || f.Program != git || !f.counts(s.now()) {
		return "", false
	}
	return f.Said, true
}

// KeepGitVersion remembers what a git said of its version, and forgets what counts no more. It is only a saving: what
// can't be stored is asked again.
func (s *Folder) KeepGitVersion(git Program, said string) {
	_ = s.empty(gits, func(name string) bool {
		var f gitFile
		return !isTemp(name) && s.decode(gits, finished(name), &f) == nil && !f.counts(s.now())
	})
	_ = s.keep(gits, documentName(git.Path), gitFile{header{schema}, git, said, s.now().UTC()})
}

func (f *gitFile) describe(name string, e *Entry) bool {
	e.Kind, e.Expires = EntryGit, f.When.Add(gitLife)
	return documentName(f.Path) == name && f.Said != ""
}
