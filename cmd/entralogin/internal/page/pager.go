package page

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/text"
)

// Shown has the pager of the environment show a page that is longer than the terminal, and reports whether it did: where
// there is no pager, or none can be started, the page is still to be written. How the pager ends does not matter.
func Shown(out io.Writer, content string, env func(string) (string, bool)) bool {
	getenv := func(name string) string { value, _ := env(name); return value }
	if isWithin(content, term.Width(out), term.Rows(out, getenv)) {
		return false
	}
	cmd := command(env)
	if cmd == nil {
		return false
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(content), out, os.Stderr
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // the pager would inherit that it is ignored; Reset would leave it so
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return false
	}
	return wait(cmd, signals)
}

// wait waits for the end of the pager, which alone can give the terminal back as it was. The terminal sends Ctrl-C to
// both, and less goes on after it; what is to end this process ends the pager before.
func wait(cmd *exec.Cmd, signals chan os.Signal) bool {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var last os.Signal
	for {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM || s == syscall.SIGHUP {
				last = s
				_ = cmd.Process.Signal(s)
			}
		case err := <-ended:
			if last != nil {
				endBy(last)
			}
			const notFound, notExecutable = 127, 126 // of a shell
			failed, _ := errors.AsType[*exec.ExitError](err)
			return failed == nil || failed.ExitCode() != notFound && failed.ExitCode() != notExecutable
		}
	}
}

// endBy ends this process as the signal does by default.
func endBy(s os.Signal) {
	signal.Reset(s)
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Signal(s)
		time.Sleep(time.Second) // until it has come
	}
}

// isWithin reports whether a page can be seen at once. rows is 0 where nothing can be paged.
func isWithin(content string, columns, rows int) bool {
	if rows <= 0 || columns <= 0 {
		return true
	}
	used := 1 // of the shell
	for line := range strings.Lines(content) {
		used += 1 + max(text.Width(withoutColours(strings.TrimRight(line, "\n")))-1, 0)/columns
	}
	return used <= rows
}

// withoutColours takes out the sequences of term.Style.
func withoutColours(line string) string {
	before, rest, ok := strings.Cut(line, "\x1b[")
	if !ok {
		return line
	}
	_, rest, _ = strings.Cut(rest, "m")
	return before + withoutColours(rest)
}

// command is the pager that PAGER names, with its arguments, or else less; nil where there is to be none. less shows
// colours, and ends at once where a page fits, unless LESS says otherwise: as with git.
func command(env func(string) (string, bool)) *exec.Cmd {
	pager, named := env("PAGER")
	if !named {
		pager = "less"
	}
	words := strings.Fields(pager)
	if len(words) == 0 || len(words) == 1 && words[0] == "cat" {
		return nil
	}
	cmd := exec.Command(words[0], words[1:]...)
	if runtime.GOOS != "windows" && strings.ContainsAny(pager, `|&;<>()$`+"`"+`\"'*?[]#~=%`) {
		cmd = exec.Command("sh", "-c", pager)
	}
	cmd.Env = os.Environ()
	for name, value := range map[string]string{"LESS": "FRX", "LV": "-c"} {
		if _, set := env(name); !set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	return cmd
}
