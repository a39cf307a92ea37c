package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

var authorizePage = regexp.MustCompile(`https://\S+/authorize\?\S+`)

const askedToPaste = `nothing is shown of it: $`

// pasting starts a sign-in by a pasted address in a shell on a terminal, and returns the page that it shows, and the modes
// that the terminal had before.
func (h *house) pasting(t *testing.T, command string) (p *pty, page string, before unix.Termios) {
	t.Helper()
	p = h.onTerminal(80, 24, nil, "sh", "-c", "echo ready; read go; "+command+"; echo ended $?; read next; echo next is $next")
	p.shows("ready")
	before = p.modes()
	p.types("go\n")
	return p, authorizePage.FindString(p.shows(askedToPaste)), before
}

// leaves checks how a sign-in has ended: with the terminal as it was, and with nothing left for the shell.
func (p *pty) leaves(before unix.Termios, code string) string {
	p.t.Helper()
	p.shows("ended " + code)
	if now := p.modes(); now != before {
		p.t.Errorf("the terminal was left with other modes: %+v", now)
	}
	p.types("all of it\n")
	raw := p.end()
	if !strings.Contains(raw, "next is all of it") || marksPastes(raw) {
		p.t.Errorf("%q", raw)
	}
	return raw
}

// marksPastes reports whether a terminal was left to mark what is pasted, for a program that does not read it any more.
func marksPastes(raw string) bool {
	return strings.Count(raw, "\x1b[?2004h") != strings.Count(raw, "\x1b[?2004l")
}

// endOf is the address at which the browser of somebody ends who signs in on a page, "" of those who decline.
func (h *house) endOf(page, user string) string {
	h.t.Helper()
	choice := url.Values{"action": {"decline"}}
	if user != "" {
		choice = url.Values{"action": {"approve"}, "user": {user}}
	}
	client := h.sim.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.PostForm(page, choice)
	if err != nil {
		h.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.Header.Get("Location")
}

func (p *pty) types(text string) {
	p.t.Helper()
	if _, err := p.master.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// modes are how a terminal treats what is typed.
func (p *pty) modes() unix.Termios {
	p.t.Helper()
	slave := p.slave(p.t)
	defer slave.Close()
	modes, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return *modes
}

// searched is all that a house and the process list hold.
func (h *house) searched() *haystack {
	h.t.Helper()
	var all haystack
	files := func(dir string, wanted func(path string) bool) {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error { // processes come and go
			if err == nil && wanted(path) {
				blob, _ := os.ReadFile(path)
				all.add(path, blob)
			}
			return nil
		})
	}
	files(h.dir, func(string) bool { return true })
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		files(line, func(string) bool { return true })
	}
	return &all
}

// A browser elsewhere ends at an address that is longer than a terminal keeps of a line. Nothing of it is shown or kept,
// and what stands behind it never reaches the shell.
func TestPasteSignsIn(t *testing.T) {
	t.Parallel()
	for name, paste := range map[string]func(address string) string{
		"marked":     func(a string) string { return "\x1b[200~" + a + "\r\n\x1b[201~\r" },
		"unmarked":   func(a string) string { return "<" + a[:3000] + "\n  " + a[3000:] + ">\n" },
		"with edits": func(a string) string { return "oops\x15\"" + a + "\"xy\x7f\b\x1b[D\r" },
		"bare":       func(a string) string { return a[strings.IndexByte(a, '?')+1:] + "\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm")
			p, page, before := h.pasting(t, "entralogin login --paste -vv")
			state := queryOf(t, page).Get("state")
			end := h.endOf(page, "alice")
			if where := h.searched().holds(state); where != "" {
				t.Errorf("the state is in %s", where)
			}
			p.types(paste(strings.Replace(end, "?", "?session_state="+strings.Repeat("z", 5000)+"&", 1)))
			raw := p.leaves(before, "0")
			if !strings.Contains(raw, "Signed in as "+entratest.Alice) || strings.Contains(raw, "zzz") || strings.Contains(raw, "left") || h.sim.Requests("token") != 1 {
				t.Errorf("%q", raw)
			}
			all := h.searched()
			all.add("the terminal", []byte(raw))
			for _, secret := range h.sim.Secrets() {
				if where := all.holds(secret); where != "" && !strings.Contains(where, "sessions") && !strings.Contains(where, "tokens") {
					t.Errorf("%.20s... is in %s", secret, where)
				}
			}
			if r := h.call(strings.Fields(aToken)...); r.cmd.ProcessState.ExitCode() != 0 || h.sim.Requests("devicecode") != 0 {
				t.Errorf("the sign-in serves nobody: %s", r.err.Bytes())
			}
		})
	}
}

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// Whoever waits meanwhile is told so, not where to sign in, and is served by the same sign-in.
func TestPasteWaiter(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm")
	p, page, before := h.pasting(t, "entralogin login --paste")
	waits := h.start(strings.Fields(aToken)...)
	if !until(func() bool { return bytes.Contains(waits.err.Bytes(), []byte("can't be pasted here")) }) {
		t.Fatalf("nobody is told: %s", waits.err.Bytes())
	}
	p.types(h.endOf(page, "alice") + "\r")
	p.leaves(before, "0")
	waits.cmd.Wait()
	if said := string(waits.err.Bytes()); strings.Contains(said, "https://") || strings.Contains(said, "code") || !strings.Contains(string(waits.out.Bytes()), "eyJ") || h.sim.Requests("devicecode") != 0 {
		t.Errorf("%s", said)
	}
}

// What is no answer is asked for again, three times in all, and never shown.
func TestPasteSlips(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm")
	p, page, before := h.pasting(t, "entralogin login --paste")
	end := h.endOf(page, "alice")
	wrong := func(from, to string) string { return strings.Replace(end, from, to, 1) + "\r" }
	p.types(wrong("&state=", "&state=x"))
	p.shows("That was an answer to another sign-in. Paste (?s:.*)" + askedToPaste)
	p.types(wrong("localhost", "evil.example"))
	p.shows("That was another address: the right one begins with http://localhost. Paste (?s:.*)" + askedToPaste)
	p.types("http://localhost:50000/\r")
	raw := p.leaves(before, "5")
	if !strings.Contains(whole(raw), "none of 3 pasted texts was the answer") || strings.Contains(raw, "evil") || strings.Contains(raw, "code=") || h.sim.Requests("token") != 0 {
		t.Errorf("%q", raw)
	}
}

func TestPasteEnds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		typed, command string
		code, said     string
	}{
		"declined": {"", "entralogin login --paste", "5", "the sign-in was declined"},
		"Ctrl-C":   {"TYPED\x03" + strings.Repeat("q", 6000) + "\n", "entralogin login --paste", "130", "interrupt"},
		"Ctrl-\\":  {"TYPED\x1c", "entralogin login --paste", "2", "SIGQUIT"},
		"Ctrl-D":   {"\x04", "entralogin login --paste", "5", "the sign-in was cancelled"},
		"time":     {"TYPED", "entralogin login --paste --prompt-timeout 2s", "5", "nobody signed in within 2s"},
		"SIGTERM":  {"TYPED", "sh -c 'echo $$ >pid; exec entralogin login --paste'", "143", "terminated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm")
			p, page, before := h.pasting(t, "trap : INT QUIT; "+test.command)
			if test.typed == "" {
				test.typed = h.endOf(page, "") + "\r"
			}
			p.types(test.typed)
			if name == "SIGTERM" {
				pid, _ := strconv.Atoi(strings.TrimSpace(h.worked("pid")))
				if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			raw := p.leaves(before, test.code)
			if !strings.Contains(raw, test.said) || strings.Contains(raw, "TYPED") || strings.Contains(raw, "qqqqqqqq") || h.sim.Requests("token") != 0 {
				t.Errorf("%q", raw)
			}
		})
	}
}

// A shell gets the terminal as it was while the sign-in is stopped, and what is typed after it stays unseen again, also
// where somebody else stopped it and the shell mended the modes.
func TestPasteStopped(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Ctrl-Z", "SIGSTOP"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm")
			p := h.onTerminal(80, 24, nil, "sh", "-c", `echo ready; read go; saved=$(stty -g); set -m; sh -c 'echo $$ >pid; exec entralogin login --paste'
				[ `+name+` = Ctrl-Z ] || stty $saved; echo stopped; read go; fg; echo ended $?; read next; echo next is $next`)
			p.shows("ready")
			before := p.modes()
			p.types("go\n")
			page := authorizePage.FindString(p.shows(askedToPaste))
			if name == "Ctrl-Z" {
				p.types("half\x1a")
			} else if pid, err := strconv.Atoi(strings.TrimSpace(h.worked("pid"))); err != nil || syscall.Kill(pid, syscall.SIGSTOP) != nil {
				t.Fatal(pid, err)
			}
			raw := p.shows("stopped")
			if p.modes() != before || name == "Ctrl-Z" && marksPastes(raw) {
				t.Errorf("the shell has other modes: %q", raw)
			}
			p.types("go\n")
			if !until(func() bool { return p.modes().Lflag&(unix.ICANON|unix.ECHO) == 0 }) {
				t.Fatalf("what is typed is shown: %q", p.raw.Bytes())
			}
			p.types(h.endOf(page, "alice") + "\r")
			if raw := p.leaves(before, "0"); !strings.Contains(raw, "Signed in as") || strings.Contains(raw, "half") || strings.Contains(raw, "session_state") {
				t.Errorf("%q", raw)
			}
		})
	}
}

// Where no person types nothing is asked for, and no request is made.
func TestPasteRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env, command, code, said string
	}{
		"no terminal":     {"", "setsid -w entralogin login --paste 2>&1", "2", "no terminal is attached"},
		"captured":        {"", "entralogin login --paste 2>err; cat err; false", "1", "standard error is no terminal"},
		"background":      {"", "set -m; entralogin login --paste & wait $!", "2", "not in the foreground"},
		"a kubeconfig's":  {"KUBERNETES_EXEC_INFO={}", "entralogin login --paste", "2", "may run get-token and version alone"},
		"CI":              {"CI=true", "entralogin login --paste", "4", "CI is set"},
		"--login":         {"", "entralogin login --paste --login browser", "2", "--paste takes no --login"},
		"--open":          {"", "entralogin login --paste --open", "2", "--paste takes no --open"},
		"--qr":            {"", "entralogin login --qr --paste", "2", "--paste takes no --qr"},
		"not for get":     {"", aToken + " --paste", "2", "unknown flag: --paste"},
		"Microsoft's own": {"", "entralogin login --paste --client-id " + authority.AKSClient, "3", "an application of Microsoft's own"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", test.env)
			p := h.onTerminal(80, 24, nil, "sh", "-c", test.command+"; echo ended $?")
			raw := p.end()
			if !strings.Contains(whole(raw), test.said) || !strings.Contains(raw, "ended "+test.code) || strings.Contains(raw, "authorize") || h.sim.Requests("*") != 0 {
				t.Errorf("%d requests: %q", h.sim.Requests("*"), raw)
			}
		})
	}
}
