package term

import (
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// HandOver says what is done with a prompt besides showing it. It is for a person who types the command and asks for
// it: programs of this machine are run.
type HandOver struct {
	Copy  bool     // put the code on the clipboard
	Open  bool     // open the page in the browser
	Pages []string // hosts of the pages that may be opened, with a port where it is not 443
}

// handOver does what was asked for, and says what came of it. The sign-in goes on, whatever that is.
func (s *Stderr) handOver(p plugin.Prompt) {
	if s.HandOver.Copy && p.UserCode != "" {
		s.Say("%s", s.copyCode(p.UserCode))
	}
	if s.HandOver.Open && p.UserCode != "" { // other methods open what they need
		s.Say("%s", s.openPage(p.URL))
	}
}

// moment is how long a program may take: a person waits for it.
const moment = 3 * time.Second

// program is one that does something on the desktop of this machine.
type program struct {
	name  string
	args  []string
	stays bool // it may run for as long as it likes, as a browser does
	fails bool // its exit code says nothing
}

// distant says why programs of this machine don't reach the person's desktop, "" if they do.
func (env Env) distant() string {
	switch {
	case env("SSH_CONNECTION") != "" || env("SSH_TTY") != "":
		return "this is another machine, reached by ssh"
	case runtime.GOOS == "windows", runtime.GOOS == "darwin", env.inWSL(), env("WAYLAND_DISPLAY") != "", env("DISPLAY") != "":
		return ""
	}
	return "there is no desktop here: neither WAYLAND_DISPLAY nor DISPLAY is set"
}

// inWSL reports whether this is Linux on Windows, whose programs can be run:
// https://learn.microsoft.com/windows/wsl/filesystems#run-windows-tools-from-linux
func (env Env) inWSL() bool {
	return runtime.GOOS == "linux" && (env("WSL_DISTRO_NAME") != "" || env("WSL_INTEROP") != "")
}

// clipboards are the programs that put what they read on the clipboard, the best one first.
func (env Env) clipboards() []program {
	switch {
	case runtime.GOOS == "darwin":
		return []program{{name: "pbcopy"}}
	case runtime.GOOS == "windows":
		return []program{{name: "clip.exe"}}
	}
	var all []program
	if env.inWSL() {
		all = append(all, program{name: "clip.exe"})
	}
	if env("WAYLAND_DISPLAY") != "" {
		all = append(all, program{name: "wl-copy"})
	}
	if env("DISPLAY") != "" {
		all = append(all, program{name: "xclip", args: []string{"-selection", "clipboard"}}, program{name: "xsel", args: []string{"--clipboard", "--input"}})
	}
	return all
}

// browsers are the programs that open a page, the best one first. None of them is a shell.
func (env Env) browsers(page string) []program {
	switch {
	case runtime.GOOS == "darwin":
		return []program{{name: "open", args: []string{page}, stays: true}}
	case runtime.GOOS == "windows":
		return []program{{name: "rundll32.exe", args: []string{"url.dll,FileProtocolHandler", page}, stays: true}}
	}
	usual := program{name: "xdg-open", args: []string{page}, stays: true}
	if env.inWSL() {
		return []program{{name: "wslview", args: []string{page}, stays: true}, {name: "explorer.exe", args: []string{page}, stays: true, fails: true}, usual}
	}
	return []program{usual}
}

// runFirst runs the first of the programs that is there and does its work, with what it reads.
func runFirst(programs []program, in string) error {
	var failed error
	for _, p := range programs {
		err := p.run(in, moment)
		if err == nil {
			return nil
		}
		failed = errors.Join(failed, errors.New(p.name+" "+err.Error()))
	}
	return failed
}

// run runs a program of the PATH, which is none of the current folder's, with nothing of our streams. The program
// survives this one, and the terminal: a clipboard holds what it has for as long as the program that put it there
// lives.
func (p program) run(in string, limit time.Duration) error {
	path, err := exec.LookPath(p.name)
	if err != nil || !filepath.IsAbs(path) {
		return errors.New("is not on the PATH")
	}
	cmd := exec.Command(path, p.args...)
	cmd.Stdin = strings.NewReader(in)
	standAlone(cmd)
	if err := cmd.Start(); err != nil {
		return errors.New("can't be run")
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil && !p.fails {
			return errors.New("failed (" + text.Short(err.Error(), 60) + ")")
		}
	case <-time.After(limit):
		if !p.stays {
			_ = cmd.Process.Kill() // it may have ended just now
			return errors.New("took longer than " + limit.String())
		}
	}
	return nil
}

// copyCode puts a code on the clipboard, and says what came of it.
func (s *Stderr) copyCode(code string) string {
	why := s.Env.distant()
	if why == "" {
		err := runFirst(s.Env.clipboards(), code)
		if err == nil {
			return "The code is on the clipboard."
		}
		why = strings.ReplaceAll(err.Error(), "\n", ", ")
	}
	if s.writeSequence(s.Env.clipboardSequence(code)) {
		said := "The code was sent to the clipboard of your terminal (OSC 52), which not every terminal takes"
		if s.Env("TMUX") != "" {
			said += ", and tmux with set-clipboard or allow-passthrough on"
		}
		return said + "."
	}
	return "The code is not on the clipboard: " + why + ", and no terminal is here that could take it."
}

// clipboardSequence has a terminal put a text on the clipboard of the machine that it is shown on:
// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands (52). tmux may take it for
// itself, and passes on what is wrapped as its own (https://github.com/tmux/tmux/wiki/FAQ); so does screen.
func (env Env) clipboardSequence(content string) string {
	plain := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(content)) + "\a"
	switch {
	case env("TMUX") != "":
		return plain + "\x1bPtmux;" + strings.ReplaceAll(plain, "\x1b", "\x1b\x1b") + "\x1b\\"
	case env("STY") != "":
		return "\x1bP" + plain + "\x1b\\"
	}
	return plain
}

// writeSequence writes on the terminal what it does not show, and reports whether there is one for it.
func (s *Stderr) writeSequence(sequence string) bool {
	if name := s.Env("TERM"); name == "" || name == "dumb" {
		return false
	}
	out := terminalOf(s.Out)
	if out == nil {
		tty, err := openTTY()
		if err != nil {
			return false
		}
		defer tty.Close()
		defer notStopped()()
		_ = tty.SetWriteDeadline(time.Now().Add(ttyPatience)) // not every system has one for a terminal
		out = tty
	}
	_, err := io.WriteString(out, sequence)
	return err == nil
}

// openPage opens the page in the browser, and says what came of it.
func (s *Stderr) openPage(page string) string {
	const byHand = "; open it yourself."
	if !s.HandOver.permits(page) {
		return "The page is not opened: it is on no host where codes of this sign-in service are entered."
	}
	if why := s.Env.distant(); why != "" {
		return "The page is not opened: " + why + byHand
	}
	if err := runFirst(s.Env.browsers(page), ""); err != nil {
		return "The page is not opened: " + strings.ReplaceAll(err.Error(), "\n", ", ") + byHand
	}
	return "The page opens in your browser."
}

// permits reports whether a page may be given to a browser: https on a host that is known, and nothing in it that
// another program could take for more than an address.
func (h HandOver) permits(page string) bool {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" || !slices.Contains(h.Pages, strings.TrimSuffix(strings.ToLower(u.Host), ":443")) {
		return false
	}
	return !strings.ContainsFunc(page, func(r rune) bool { return !text.IsAlphanumeric(r) && !strings.ContainsRune("-._~:/?=", r) })
}
