package gitcheck

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Program is what a helper runs.
type Program struct {
	File string   // a path, or a name to be looked for on the PATH
	Args []string // besides git-credential and the operation
}

const asHelper = "git-credential-entralogin"

// ParseProgram reads a helper's value as git does, and reports whether it is entralogin, by its name. A
// word stands for git-credential-WORD, an absolute path and what follows a "!" are for a shell:
// https://git-scm.com/docs/gitcredentials#_custom_helpers
func ParseProgram(helper string) (p Program, ours bool) {
	snippet, isSnippet := strings.CutPrefix(helper, "!")
	words, _ := text.ShellWords(snippet)
	if len(words) == 0 {
		return Program{}, false
	}
	p = Program{File: words[0], Args: words[1:]}
	if !isSnippet && !isPath(p.File) {
		p.File = "git-credential-" + p.File
	}
	switch {
	case text.ProgramName(p.File) == asHelper:
		return p, true
	case text.IsOwnName(p.File):
		if i := slices.Index(p.Args, "git-credential"); i >= 0 {
			p.Args = slices.Delete(p.Args, i, i+1)
			return p, true
		}
	}
	return p, false
}

func isPath(word string) bool { return filepath.IsAbs(word) || strings.ContainsAny(word, `/\`) }

// programName is what another helper is called. Nothing else of its value is shown: a snippet may hold a
// password.
func programName(helper string) string {
	snippet, isSnippet := strings.CutPrefix(helper, "!")
	words, _ := text.ShellWords(snippet)
	if len(words) == 0 {
		return "without a name"
	}
	base := strings.TrimPrefix(text.ProgramName(words[0]), "git-credential-")
	if isSnippet && !isPath(words[0]) {
		return "that is a shell command"
	}
	return name(base)
}

// CheckProgram says whether the helper is there, can be run and is this program. It is not run. execPath is what
// "git --exec-path" says, or "": git looks there first.
func CheckProgram(m check.Machine, execPath string, p Program) check.Finding {
	file, err := find(m, execPath, p.File)
	switch {
	case err != nil && !isPath(p.File):
		return Helper.Fail(failure.Config, "%s is not on the PATH, so git can't run it", place(p.File)).
			Or("put a link of that name to entralogin on the PATH, or have the absolute path written: entralogin git setup --overwrite")
	case err != nil:
		return Helper.Fail(failure.Config, "git can't run %s: it is not there, or is no program", place(p.File)).Or(setup)
	}
	return m.Identify(Helper, p.File, file, "to write the path of the entralogin that is run: entralogin git setup")
}

func find(m check.Machine, execPath, file string) (string, error) {
	if !isPath(file) && execPath != "" {
		if found, err := m.Find(filepath.Join(execPath, file)); err == nil {
			return found, nil
		}
	}
	return m.Find(file)
}
