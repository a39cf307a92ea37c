package check

import (
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Machine is where a caller would run this program.
type Machine struct {
	System string // GOOS
	Self   string // this program's executable

	// stubbable for testing
	LookPath func(string) (string, error) // nil means exec.LookPath
}

// ThisMachine is the one that this program runs on.
func ThisMachine() Machine {
	self, _ := os.Executable()
	return Machine{System: runtime.GOOS, Self: self}
}

// Find returns the file of a program that can be run: a name is looked for on the PATH. Errors are those of
// exec.LookPath.
func (m Machine) Find(program string) (string, error) {
	if m.LookPath != nil {
		return m.LookPath(program)
	}
	return exec.LookPath(program)
}

// IsSelf reports whether a file is this program, links followed.
func (m Machine) IsSelf(file string) bool { return SameFile(m.Self, file) }

// SameFile reports whether two paths lead to one file that is there.
func SameFile(a, b string) bool {
	one, err := os.Stat(a)
	other, bad := os.Stat(b)
	return err == nil && bad == nil && os.SameFile(one, other)
}

// Identify says which program a file is that stands as command in somebody's configuration. It is not run: what
// stands there may be somebody else's work. remedy is what to do if it is another one.
func (m Machine) Identify(t Topic, command, file, remedy string) Finding {
	words := text.Short(command, 300)
	if command != file {
		words += " (" + text.Short(file, 300) + ")"
	}
	if m.IsSelf(file) {
		return t.Good("%s is this very program", words)
	}
	info, err := builtFrom(file)
	switch {
	case err != nil:
		return t.Warn("%s is another file than this program, and says of itself neither program nor version: a script, a link of a package manager, or something else", words).Or("%s", remedy)
	case strings.HasSuffix(info.Path, "/cmd/entralogin"):
		return t.Warn("%s is another entralogin than this one: version %s; what is found here is what this one would do", words, text.Redact(info.Main.Version, 120)).Or("%s", remedy)
	}
	return t.Fail(failure.Config, "%s is no entralogin: it was built from %s", words, text.Redact(info.Path, 120)).Or("%s", remedy)
}
