package kubecheck

import (
	"errors"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
)

// Machine is where kubectl would run.
type Machine struct {
	check.Machine
	Home   string // of the user, "" if there is none
	Getenv func(string) string
}

// Resolve returns the file that kubectl runs for a command that stands in kubeconfig: a bare name is looked
// for on the PATH.
func (m Machine) Resolve(command, kubeconfig string) (string, error) {
	return m.Find(seenFrom(kubeconfig, command))
}

// seenFrom is a command that stands in kubeconfig: a relative path begins at the folder of that.
func seenFrom(kubeconfig, command string) string {
	if isBare(command) || filepath.IsAbs(command) {
		return filepath.Clean(command)
	}
	return filepath.Join(filepath.Dir(kubeconfig), command)
}

func isBare(command string) bool {
	return !strings.ContainsAny(command, `/`+string(filepath.Separator))
}

// CheckCommand says whether the command is there, can be run and is this program, and whether programs
// with another PATH than a shell's find it. The command add writes the entry anew.
func (m Machine) CheckCommand(command, kubeconfig, add string) []check.Finding {
	absolute := "to write the command with its absolute path: " + add
	if command == "" {
		return []check.Finding{Command.Fail(failure.Config, "the exec section has no command").Or("%s", absolute)}
	}
	file, err := m.Resolve(command, kubeconfig)
	if err != nil {
		return []check.Finding{m.notRun(command, kubeconfig, err).Or("%s", absolute)}
	}
	found := []check.Finding{m.Identify(Command, command, file, absolute)}
	switch {
	case isBare(command):
		found = append(found, m.gui(command, file, absolute))
	case !filepath.IsAbs(command):
		found = append(found, Command.Warn("the command is relative: it is looked for in the folder of the kubeconfig, and moves with it").Or("%s", absolute))
	}
	return found
}

// notRun says why a command can't be run.
func (m Machine) notRun(command, kubeconfig string, err error) check.Finding {
	shown := place(command)
	switch {
	case errors.Is(err, exec.ErrDot):
		return Command.Fail(failure.Config, "%q lies in the current folder alone, where kubectl does not look", shown)
	case isBare(command):
		return Command.Fail(failure.Config, "%q is not on the PATH", shown)
	case errors.Is(err, fs.ErrPermission):
		return Command.Fail(failure.Config, "%q can't be executed", shown)
	case !filepath.IsAbs(command):
		return Command.Fail(failure.Config, "%q is not there, seen from the folder of the kubeconfig (%s)", shown, place(filepath.Dir(kubeconfig)))
	}
	return Command.Fail(failure.Config, "%q is not there", shown)
}

// guiPath is the PATH of programs that were started from the desktop, nil if it is that of a shell.
func (m Machine) guiPath() []string {
	return map[string][]string{
		"darwin": {"/usr/bin", "/bin", "/usr/sbin", "/sbin"},
		"linux":  {"/usr/local/bin", "/usr/bin", "/bin"},
	}[m.System]
}

// gui says whether programs of the desktop find a bare command, and the same one. absolute is what to do otherwise.
func (m Machine) gui(command, file, absolute string) check.Finding {
	path := m.guiPath()
	if path == nil {
		return Command.Good("the command is a bare name: the PATH of each program decides which file is run")
	}
	for _, dir := range path {
		there, err := m.Find(filepath.Join(dir, command))
		if err != nil {
			continue
		}
		if there == file || check.SameFile(there, file) {
			return Command.Good("programs that are started from the desktop find it, too")
		}
		return Command.Warn("programs that are started from the desktop (Lens, VS Code) find another file: %s", place(there)).Or("%s", absolute)
	}
	return Command.Warn("%q is a bare name, and programs that are started from the desktop (Lens, VS Code) look for it in %s alone",
		place(command), strings.Join(path, ":")).Or("%s", absolute)
}
