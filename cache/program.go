package cache

import (
	"os/exec"
	"path/filepath"
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// gits is the folder of what gits said of themselves.
const gits = "gits"

// EntryGit is the Kind of a record of what a git said of itself.
const EntryGit = "git"

// Program tells a program's file apart from every other that takes its place: a file that is written, replaced, or
// found at the end of another link has another Program.
type Program struct {
	Path     string `json:"path"`     // absolute
	Identity string `json:"identity"` // as route.Identify says it; Windows has no inode: there of size and times alone
}

// FindProgram looks for a program along a PATH as package os/exec does, and has a trace take down where. It finds none
// where a folder of the PATH stands in the way whose meaning depends on the current one.
func FindProgram(name, path string, trace *route.Trace) (p Program, ok bool) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			break
		}
		at := filepath.Join(dir, name)
		trace.File(at)
		if file, err := exec.LookPath(at); err == nil {
			identity, ok := identify(file)
			return Program{file, identity}, ok && identity != ""
		}
	}
	return Program{}, false
}

// gitLife bounds how long a git is taken at its word: it may be a script, whose file stays as it is when the git that
// it runs is another one. A route that was made within that time is good for as long again.
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
