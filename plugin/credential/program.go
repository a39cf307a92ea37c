package credential

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	programTime  = 10 * time.Second // where nobody says another
	longestTime  = 2 * time.Minute  // which is how long another process waits for this one
	programGrace = time.Second      // to end in, once it is told to
	mostPrinted  = 64 << 10         // bytes of its standard output
	mostSaid     = 4 << 10          // bytes of its standard error, the last ones
)

// running says in the environment of a program for which ways of signing in it is run, so that an entralogin among the
// programs that it runs itself does not sign in in the same way again, and so on.
const running = "ENTRALOGIN_RUNNING"

// program is one that is run for what it prints. No shell reads its arguments.
type program struct {
	name  string   // an absolute path, or a name of the PATH
	args  []string // one word each
	env   []string // NAME=VALUE, what it is given beside Call.Environ
	other bool     // it is not to be this very program under another name
}

// ProgramError is a program that gave no answer.
type ProgramError struct {
	Program string   // as it is called
	What    string   // what happened, in clean words: "is not installed"
	Said    []string // its own last words, made fit for a person
	Kind    failure.Class
	Err     error // or nil

	whole string // its last words as they came
}

func (e *ProgramError) Error() string {
	message := e.Program + " " + e.What
	if len(e.Said) > 0 {
		message += ": " + strings.TrimRight(strings.Join(e.Said, " | "), ".")
	}
	return message
}
func (e *ProgramError) Unwrap() error { return e.Err }

// Class is Kind.
func (e *ProgramError) Class() failure.Class { return e.Kind }

func (p program) failed(kind failure.Class, err error, format string, args ...any) *ProgramError {
	return &ProgramError{Program: text.Short(p.name, 200), What: fmt.Sprintf(format, args...), Kind: kind, Err: err}
}

// run runs a program in the environment of the person, in the root folder, without input, and returns what it prints.
// What it says goes into the error, or is explained. It has no terminal to ask at. When it takes too long, or ctx ends,
// it ends with all that it has started. Errors: *ProgramError, those of Environ, and the cause of ctx.
func (c Call) run(ctx context.Context, p program) ([]byte, error) {
	env, err := c.Environ()
	if err != nil {
		return nil, err
	}
	path, err := p.find(valueOf(env, "PATH"))
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, c.programTime())
	defer cancel()
	cmd, err := command(limited, path, p.args)
	if err != nil {
		return nil, p.failed(failure.Config, err, "can't be run: %v", err)
	}
	mark := running + "=" + strings.Trim(valueOf(env, running)+","+c.Target.Request.Credential, ",")
	cmd.Env, cmd.Dir = slices.Concat(env, p.env, []string{mark}), filepath.VolumeName(path)+string(filepath.Separator)
	printed, said := &printed{full: cancel}, new(said)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = printed, said, programGrace
	err = runAlone(limited, cmd)
	switch lines := said.lines(); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil || errors.Is(err, exec.ErrWaitDelay): // what it left behind keeps the pipe open
		for _, line := range lines {
			c.Explain(p.name + " says: " + line)
		}
		return printed.all, nil
	default:
		failed := p.explain(limited, err, printed.over, c.programTime())
		failed.Said, failed.whole = lines, string(said.last)
		return nil, failed
	}
}

// programTime is how long a program may take.
func (c Call) programTime() time.Duration {
	if c.limit > 0 {
		return c.limit
	}
	said, _ := c.Target.Get(config.ProgramTimeout)
	if d, err := time.ParseDuration(said); err == nil && d > 0 {
		return min(d, longestTime)
	}
	return programTime
}

// explain says why a program that was run gave no answer.
func (p program) explain(limited context.Context, err error, over bool, limit time.Duration) *ProgramError {
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case over:
		return p.failed(failure.Answer, nil, "printed more than %d KiB", mostPrinted>>10)
	case limited.Err() != nil:
		return p.failed(failure.Network, nil, "took longer than %v, and was ended", limit)
	case exited:
		return p.failed(failure.Other, err, "failed (%v)", exit.ProcessState)
	}
	return p.failed(failure.Config, err, "can't be run (%s)", text.SystemWords(err))
}

// Other is where a program of a PATH stands that is not this very program under another name, "" if there is none.
func Other(name, path string) string {
	file, err := program{name: name, other: true}.find(path)
	if err != nil {
		return ""
	}
	return file
}

// find looks for the program in the absolute folders of a PATH: what a relative one means depends on the current folder,
// which may be somebody else's.
func (p program) find(path string) (string, error) {
	if filepath.IsAbs(p.name) {
		return p.findIn("")
	}
	if filepath.Base(p.name) != p.name || p.name == "" || p.name == "." || p.name == ".." {
		return "", p.failed(failure.Config, nil, "is neither an absolute path nor the name of a program on the PATH")
	}
	own := ""
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		file, err := p.findIn(dir)
		if err != nil {
			continue
		}
		if !p.other || !isSelf(file) {
			return file, nil
		}
		own = file
	}
	if own != "" {
		return "", p.failed(failure.Config, errNotInstalled, "is not installed: %s is a link to this very program", text.Short(own, 200))
	}
	return "", p.failed(failure.Config, errNotInstalled, "is not installed: it is not on the PATH")
}

var errNotInstalled = errors.New("it is not installed")

// findIn looks for the program in one folder, with the endings that Windows has for programs.
func (p program) findIn(dir string) (string, error) {
	endings := []string{""}
	if runtime.GOOS == "windows" && filepath.Ext(p.name) == "" {
		endings = []string{".exe", ".cmd", ".bat"}
	}
	for _, ending := range endings {
		if file, err := exec.LookPath(filepath.Join(dir, p.name+ending)); err == nil {
			return file, nil
		}
	}
	return "", p.failed(failure.Config, exec.ErrNotFound, "is no program that can be run")
}

// isSelf reports whether a file is this very program, whatever links lead to it.
func isSelf(file string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	own, err := os.Stat(self)
	other, failed := os.Stat(file)
	return err == nil && failed == nil && os.SameFile(own, other)
}

// valueOf is the value of a variable, the last one, whose name has no case on Windows; "" if there is none.
func valueOf(env []string, name string) (value string) {
	for _, entry := range env {
		key, after, _ := strings.Cut(entry, "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			value = after
		}
	}
	return value
}

// batchLine is the command line with which Windows' own cmd.exe runs a batch file, "" where one of its words might be read
// as a command: no quoting keeps cmd.exe from that. /d leaves out what the registry has it run first, and /v:off "!".
// https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
func batchLine(path string, args []string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return r < ' ' || r == '"' || r == '%' }) {
		return ""
	}
	line := `cmd.exe /d /e:on /v:off /s /c ""` + path + `"`
	for _, arg := range args {
		if strings.ContainsFunc(arg, func(r rune) bool { return !text.IsAlphanumeric(r) && !strings.ContainsRune(" -_.:/@+=,~", r) }) {
			return ""
		}
		line += ` "` + arg + `"`
	}
	return line + `"`
}

// printed is what a program prints. One that prints too much is ended.
type printed struct {
	all  []byte
	over bool
	full func()
}

func (p *printed) Write(b []byte) (int, error) {
	if p.over = p.over || len(p.all)+len(b) > mostPrinted; p.over {
		p.full()
		return 0, errors.New("too much")
	}
	p.all = append(p.all, b...)
	return len(b), nil
}

// said is the last of what a program says.
type said struct {
	last []byte
	cut  bool
}

func (s *said) Write(b []byte) (int, error) {
	s.last = append(s.last, b...)
	if over := len(s.last) - mostSaid; over > 0 {
		s.last, s.cut = append([]byte(nil), s.last[over:]...), true
	}
	return len(b), nil
}

// lines are the last lines, made fit for a person's eyes. What may be the rest of a word that was cut is left out: a
// secret is known by its whole.
func (s *said) lines() []string {
	const most, longest = 6, 300
	rest := string(s.last)
	if s.cut {
		rest = rest[max(0, strings.IndexAny(rest, " \r\n")):]
	}
	var lines []string
	for line := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = text.Redact(strings.TrimSpace(line), longest); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-most):]
}
