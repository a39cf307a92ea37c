package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A person at a terminal sees the time run down, on one line; it is gone before anything else is printed. No
// escape sequence is needed for that.
func TestCountdown(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{18, 30, 80} {
		t.Run(strconv.Itoa(columns), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8", "NO_COLOR=1")
			args := []string{"entralogin", "login"}
			if columns == 80 { // an end of the prompt's own counts as that of the code does
				args = append(args, "--prompt-timeout", "1m")
			} else {
				h.sim.Set(func(o *entratest.Settings) { o.CodeLife = time.Minute })
			}
			p := h.onTerminal(columns, 24, nil, args...)
			code := p.shows(`[1-5]\d seconds left`)
			drawn := regexp.MustCompile(`\d+ \w+ left`).FindAllString(code, -1)
			if times := slices.Compact(slices.Clone(drawn)); len(drawn) > len(times) {
				t.Errorf("%d columns: drawn without need: %q", columns, code)
			}
			if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
				t.Fatal(err)
			}
			raw := p.end()
			lines := rowsOf(raw, columns)
			if strings.Contains(strings.Join(lines, "\n"), "left") || !strings.Contains(strings.Join(lines, ""), "Signed in as "+entratest.Alice+".") {
				t.Errorf("%d columns: left on the screen: %q", columns, lines)
			}
			if i := slices.Index(lines, ""); i != len(lines)-1 {
				t.Errorf("%d columns: an empty line: %q", columns, lines)
			}
			if strings.ContainsFunc(strings.NewReplacer("\r", "", "\n", "").Replace(raw), unicode.IsControl) {
				t.Errorf("%d columns: a control character: %q", columns, raw)
			}
		})
	}
}

// What else is said while a person is asked begins on a line of its own, and so does the end by a signal.
func TestCountdownMakesWay(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	p := h.onTerminal(80, 24, nil, "entralogin", "login", "-vv")
	p.shows(`left[^\n]*left[^\n]*\n?[^\n]*left|left(?s:.*)/token: 400(?s:.*)left`)
	if _, err := p.master.Write([]byte{3}); err != nil { // Ctrl-C
		t.Fatal(err)
	}
	lines := rowsOf(p.end(), 80)
	for _, line := range lines {
		if strings.Contains(line, "left") || strings.Contains(line, "^C") || line != "" && !strings.HasPrefix(line, term.Prefix) && !strings.HasPrefix(line, "To sign") &&
			strings.Contains(line, "https://") && strings.Contains(line, " in ") {
			t.Errorf("on the screen: %q", line)
		}
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

// Where nobody watches a terminal there is no countdown: no carriage return and nothing but lines.
func TestNoCountdown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env    []string
		change func(*exec.Cmd)
		args   []string
	}{
		"a pipe":       {},
		"dumb":         {env: []string{"TERM=dumb"}},
		"no TERM":      {env: []string{"TERM="}},
		"CI":           {env: []string{"CI=true"}, args: []string{"--prompt", "always"}},
		"not in front": {change: func(c *exec.Cmd) { c.SysProcAttr.Setctty = false }},
		"read by key": {change: func(c *exec.Cmd) {
			c.Args = []string{"sh", "-c", "stty -icanon; " + strings.Join(c.Args, " ")}
			c.Path = "/bin/sh"
		}},
		"in the backyard": {change: func(c *exec.Cmd) {
			c.Args = []string{"sh", "-mc", strings.Join(c.Args, " ") + " & wait"}
			c.Path = "/bin/sh"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var pipe screen
			if name == "a pipe" {
				test.change = func(c *exec.Cmd) { c.Stderr = &pipe }
			}
			h := newHouse(t, append([]string{"TERM=xterm", "LANG=C.UTF-8"}, test.env...)...)
			p := h.onTerminal(80, 24, test.change, append([]string{"entralogin", "login"}, test.args...)...)
			waitForCode(t, h)
			h.polled(1) // a countdown would be drawn by now
			if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
				t.Fatal(err)
			}
			raw := p.end()
			raw = string(pipe.Bytes()) + raw
			if !strings.Contains(raw, "enter the code") || !strings.Contains(raw, "Signed in as") {
				t.Errorf("%s: %q", name, raw)
			}
			if strings.Contains(raw, "left") || strings.Contains(strings.ReplaceAll(raw, "\r\n", "\n"), "\r") {
				t.Errorf("%s: a countdown: %q", name, raw)
			}
		})
	}
}

func waitForCode(t *testing.T, h *house) {
	t.Helper()
	if !until(func() bool { return len(h.sim.PendingCodes()) > 0 }) {
		t.Fatal("nobody was asked")
	}
}

// A process that waits for the sign-in of another one shows the code on its own terminal, and no countdown:
// it can't know when the other one gives up.
func TestWaiterHasNoCountdown(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	token := []string{"entralogin", "get-token", "--server-id", entratest.ServerID}
	first := h.onTerminal(80, 24, nil, token...)
	first.shows("left")
	second := h.onTerminal(80, 24, nil, token...)
	second.shows("enter the code")
	h.polled(1)
	if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
		t.Fatal(err)
	}
	if raw := second.end(); strings.Contains(raw, "left") || !strings.Contains(raw, "eyJ") {
		t.Errorf("%q", raw)
	}
	if raw := first.end(); !strings.Contains(raw, "eyJ") {
		t.Errorf("%q", raw)
	}
}

// The code is one word with blanks around it, so that a double click takes it and nothing else. On a narrow
// terminal no edge cuts a word in two that has room on a line.
func TestNarrowTerminal(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{20, 30, 40, 60, 80} {
		t.Run(strconv.Itoa(columns), func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LC_ALL=C", "NO_COLOR=1", "PAGER=")
			h.sim.AutoApprove(entratest.Alice, 0)
			raw := h.onTerminal(columns, 24, nil, "entralogin", "login").end()
			code := regexp.MustCompile(`enter\s+the\s+code\s+(\S+)\s`).FindStringSubmatch(raw)
			if code == nil || !regexp.MustCompile(`^[A-Z0-9]+$`).MatchString(code[1]) {
				t.Fatalf("%d columns: no code: %q", columns, raw)
			}
			if strings.ContainsFunc(raw, func(r rune) bool { return r > unicode.MaxASCII }) {
				t.Errorf("%d columns: more than ASCII: %q", columns, raw)
			}
			if columns > 60 {
				if !strings.Contains(raw, " and enter the code "+code[1]+" to authenticate.\r\n") {
					t.Errorf("%d columns: the sentence is broken: %q", columns, raw)
				}
				return
			}
			seen := strings.Join(rowsOf(raw, columns), "\n")
			asked := regexp.MustCompile(`(?s)^.*just\s+now\.`).FindString(raw)
			for _, word := range strings.Fields(asked) {
				if len(word) <= columns && !strings.Contains(seen, word) {
					t.Errorf("%d columns: %q is cut in two:\n%s", columns, word, seen)
				}
			}
		})
	}
}

// Help fits the terminal, too; and without colours no command writes an escape sequence.
func TestNarrowHelp(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LC_ALL=C", "NO_COLOR=1", "PAGER=")
	for _, args := range [][]string{{"--help"}, {"login", "--help"}, {"help", "config"}, {"cache", "list"}, {"app", "manifest"}} {
		raw := h.onTerminal(32, 24, nil, append([]string{"entralogin"}, args...)...).end()
		if strings.Contains(raw, "\x1b") || raw == "" {
			t.Errorf("%v: %q", args, raw)
		}
		for line := range strings.Lines(raw) {
			line = strings.TrimRight(line, "\r\n")
			fields := strings.Fields(line)
			whole := strings.HasPrefix(line, "|") || strings.HasPrefix(strings.TrimSpace(line), "entralogin ") || args[0] == "help"
			if len(line) > 32 && len(fields) > 2 && !whole && args[len(args)-1] == "--help" {
				t.Errorf("%v: %d columns: %q", args, len(line), line)
			}
		}
	}
}

// Where several sessions are stored and no setting names one, a person chooses which is signed out. Nothing, what
// is no number of the list, and Ctrl-C leave all as they are; who said that nobody is there is not asked.
func TestLogoutAsks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	config := filepath.Join(h.home, ".config", "entralogin", "config.yaml")
	content, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	content = regexp.MustCompile(`(?m)^client-id: .*\n`).ReplaceAll(content, nil)
	if err := os.WriteFile(config, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for user, client := range map[string]string{entratest.Alice: entratest.ClientID, entratest.Bob: entratest.ClientID2} {
		h.sim.AutoApprove(user, 0)
		if r := h.call("entralogin", "login", "--client-id", client); r.cmd.ProcessState.ExitCode() != 0 {
			t.Fatalf("%s", r.err.Bytes())
		}
	}
	for _, test := range []struct {
		typed, says string
		code        int
		env         string
	}{
		{"\n", "nothing was chosen: nobody was signed out.", 5, ""},
		{"\x04", "nothing was chosen: nobody was signed out.", 5, ""},
		{"3\n", `"3" is no number from 1 to 2: nobody was signed out.`, 2, ""},
		{"alice\n", `"alice" is no number from 1 to 2`, 2, ""},
		{"\x03", "", -1, ""}, // the signal
		{"\x04", "which one is to be signed out?\r\n", 2, "CI=true"},
		{"2\n", "Signed out " + entratest.Bob, 0, ""},
		{"\x04", "Signed out " + entratest.Alice, 0, ""}, // the only one that is left: nothing is asked
	} {
		p := h.onTerminal(100, 24, func(c *exec.Cmd) { c.Env = append(slices.Clone(c.Env), test.env) }, "entralogin", "logout")
		if test.env == "" && !strings.Contains(test.says, entratest.Alice) {
			shown := p.shows("to leave all as they are:\r\n")
			if !strings.Contains(shown, "1  "+entratest.Alice+" (client "+entratest.ClientID) || !strings.Contains(shown, "2  "+entratest.Bob+" (client "+entratest.ClientID2) {
				t.Errorf("%q: asked %q", test.typed, shown)
			}
		}
		if _, err := p.master.WriteString(test.typed); err != nil {
			t.Fatal(err)
		}
		raw := p.end()
		if code := p.cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(raw, test.says) {
			t.Errorf("%q: exit code %d, not %d: %q", test.typed, code, test.code, raw)
		}
	}
}

// Of two accounts of one session a person chooses: the one that is signed out, and the one that calls use.
func TestAccountsAreChosen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	for _, user := range []string{entratest.Alice, entratest.Bob} {
		h.sim.AutoApprove(user, 0)
		if r := h.call("entralogin", "login"); r.cmd.ProcessState.ExitCode() != 0 {
			t.Fatalf("%s", r.err.Bytes())
		}
	}
	for _, test := range []struct {
		command, typed, says string
		code                 int
	}{
		{"account set", "\n", "nothing was chosen: nothing was changed.", 5},
		{"account set", "bob\n", `"bob" is no number from 1 to 2: nothing was changed.`, 2},
		{"account set", "2\n", "use " + entratest.Bob + " from now on", 0},
		{"logout", "\n", "nothing was chosen: nobody was signed out.", 5},
		{"logout", "1\n", "Signed out " + entratest.Alice + ".", 0},
	} {
		p := h.onTerminal(100, 24, nil, append([]string{"entralogin"}, strings.Fields(test.command)...)...)
		if shown := p.shows("Its number, or nothing to .*:\r\n"); !strings.Contains(shown, "1  "+entratest.Alice) || !strings.Contains(shown, "2  "+entratest.Bob) {
			t.Errorf("%s: asked %q", test.command, shown)
		}
		if _, err := p.master.WriteString(test.typed); err != nil {
			t.Fatal(err)
		}
		raw := p.end()
		if code := p.cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(raw, test.says) {
			t.Errorf("%s %q: exit code %d, not %d: %q", test.command, test.typed, code, test.code, raw)
		}
	}
}

// Over the screen of a program that has the terminal raw the prompt is short, lies on the first lines, comes again
// after a redraw, and counts nothing down. When it is over the program is told to redraw.
func TestFullScreen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	p := h.onTerminal(100, 24, nil, "sh", "-c", `trap 'printf drawn-anew' WINCH; stty raw -echo
entralogin get-token --qr --server-id `+entratest.ServerID+` >out; printf "ended $?"`)
	const over = "\x1b7\x1b[1;1H"
	raw := p.shows(`(?s)\x1b\[1;1H.*\x1b\[1;1H`)
	first, _, _ := strings.Cut(strings.TrimPrefix(raw, over), over)
	if rows := strings.Split(first, "\x1b[K\r\n"); !strings.HasPrefix(raw, over) || len(rows) != 6 || rows[5] != "\x1b8" ||
		!strings.Contains(strings.Join(rows, " "), "enter the code "+h.sim.PendingCodes()[0]+" ") {
		t.Errorf("%q", first)
	}
	if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
		t.Fatal(err)
	}
	if raw = p.end(); strings.Contains(raw, "left") || !strings.Contains(raw, "drawn-anew") || !strings.HasSuffix(raw, "ended 0") {
		t.Errorf("%q", raw)
	}
}

// Raw, but no screen that could be drawn over: lines that begin at the left.
func TestRawLines(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=dumb", "LANG=C.UTF-8")
	p := h.onTerminal(100, 24, nil, "sh", "-c", "stty raw -echo; entralogin get-token --server-id "+entratest.ServerID+" >out")
	p.shows("just now")
	if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
		t.Fatal(err)
	}
	raw := p.end()
	if strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\n") || strings.ContainsRune(raw, '\x1b') || strings.Contains(raw, "left") {
		t.Errorf("%q", raw)
	}
}

// Whoever ends a prompt and types the command again is asked again at once: a shell makes a job of each. The commands of
// one script are one caller.
func TestTypedAgain(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{"typed": "set -m; ", "a script": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
			p := h.onTerminal(80, 24, nil, "sh", "-c", script+"trap : INT; "+aToken+"; "+aToken+"; echo ended $?")
			p.shows("minutes left")
			if _, err := p.master.Write([]byte{3}); err != nil {
				t.Fatal(err)
			}
			if name == "a script" {
				p.shows(`cancelled(?s:.*)For this caller that goes on for \d+ seconds more; a new command asks at once(?s:.*)ended 5`)
			} else {
				raw := p.shows(`minutes left(?s:.*)To sign in(?s:.*)minutes left`)
				codes := regexp.MustCompile(`enter the code (\w+)`).FindAllStringSubmatch(raw, -1)
				if err := h.sim.Approve(codes[len(codes)-1][1], entratest.Alice); err != nil {
					t.Fatal(err)
				}
				p.shows(`eyJ(?s:.*)ended 0`)
			}
			p.end()
		})
	}
}
