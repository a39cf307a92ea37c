package term

import (
	"context"
	"encoding/base64"
	"io"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// HandOver says what is done with a prompt besides showing it. It is for a person who types the command and asks for
// it: programs of this machine are run.
type HandOver struct {
	Copy  bool     // put the code on the clipboard, or the page where there is none
	Open  bool     // open the page in the browser
	Pages []string // hosts of the pages that may be opened, with a port where it is not 443

	Browser browser.Opener
}

// handOver does what was asked for, and says what came of it. The sign-in goes on, whatever that is.
func (s *Stderr) handOver(p plugin.Prompt) {
	switch {
	case !s.HandOver.Copy:
	case p.UserCode != "":
		s.Say("%s", s.copy("code", p.UserCode))
	case p.URL != "":
		s.Say("%s", s.copy("address", p.URL))
	}
	if s.HandOver.Open && p.UserCode != "" { // other methods open what they need
		s.Say("%s", s.openPage(p.URL))
	}
}

// moment is how long a program may take: a person waits for it.
const moment = 3 * time.Second

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
func (env Env) clipboards() []browser.Program {
	switch {
	case runtime.GOOS == "darwin":
		return []browser.Program{{Name: "pbcopy"}}
	case runtime.GOOS == "windows":
		return []browser.Program{{Name: "clip.exe"}}
	}
	var all []browser.Program
	if env.inWSL() {
		all = append(all, browser.Program{Name: "clip.exe"})
	}
	if env("WAYLAND_DISPLAY") != "" {
		all = append(all, browser.Program{Name: "wl-copy"})
	}
	if env("DISPLAY") != "" {
		all = append(all, browser.Program{Name: "xclip", Args: []string{"-selection", "clipboard"}}, browser.Program{Name: "xsel", Args: []string{"--clipboard", "--input"}})
	}
	return all
}

// copy puts something on the clipboard, and says what came of it.
func (s *Stderr) copy(what, content string) string {
	why := s.Env.distant()
	if why == "" {
		err := browser.RunFirst(context.Background(), s.Env.clipboards(), content, moment)
		if err == nil {
			return "The " + what + " is on the clipboard."
		}
		why = err.Error()
	}
	if s.writeSequence(s.Env.clipboardSequence(content)) {
		said := "The " + what + " was sent to the clipboard of your terminal (OSC 52), which not every terminal takes"
		if s.Env("TMUX") != "" {
			said += ", and tmux with set-clipboard or allow-passthrough on"
		}
		return said + "."
	}
	return "The " + what + " is not on the clipboard: " + why + ", and no terminal is here that could take it."
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
	if !s.HandOver.permits(page) {
		return "The page is not opened: it is on no host where codes of this sign-in service are entered."
	}
	if err := s.HandOver.Browser.Open(context.Background(), page); err != nil {
		return "The page is not opened: " + err.Error() + "; open it yourself."
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
