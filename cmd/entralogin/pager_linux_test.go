package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A page that is longer than the terminal is shown by the pager of the environment, with its arguments; any other way
// it is written as it is, and no pager is an error.
func TestPager(t *testing.T) {
	t.Parallel()
	const config = "help troubleshooting"
	for name, test := range map[string]struct {
		rows          int
		pager, call   string
		shows, lacks  string
		leaves, wants string // a file in the folder of work, and what has to be in it
	}{
		"with arguments":      {24, "PAGER=head -n 2", config, "Troubleshooting, by symptom", "Its log says why", "", ""},
		"in a shell":          {24, "PAGER=grep -v nothing | tee seen | head -n 2", config, "Troubleshooting, by symptom", "Its log says why", "seen", "Its log says why"},
		"as long as less has": {24, "PAGER=cat >/dev/null; echo $LESS-$LV", config, "FRX--c", "symptom", "", ""},
		"with own settings":   {24, "PAGER=LESS=S; cat >seen", config, "", "symptom", "seen", "symptom"},
		"as it is not needed": {200, "PAGER=touch seen", "cache --help", "Usage:", "", "", ""},
		"empty":               {24, "PAGER=", config, "Its log says why", "", "", ""},
		"cat":                 {24, "PAGER=cat", config, "Its log says why", "", "", ""},
		"missing":             {24, "PAGER=no-such-pager -x", config, "Its log says why", "", "", ""},
		"missing in a shell":  {24, "PAGER=no-such-pager '-x'", config, "Its log says why", "", "", ""},
		"failing":             {24, "PAGER=false", config, "", "symptom", "", ""},
		"ended by a pipe":     {24, "PAGER=cat >/dev/null; grep -q 'SigIgn:.[0-9a-f]*[02468ace]...$' /proc/self/status && echo it ends", config, "it ends", "", "", ""},
		"dumb":                {24, "TERM=dumb", config, "Its log says why", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "NO_COLOR=1", test.pager)
			p := h.onTerminal(80, test.rows, nil, append([]string{"entralogin"}, strings.Fields(test.call)...)...)
			raw := p.end()
			if code := p.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(raw, test.shows) || test.lacks != "" && strings.Contains(raw, test.lacks) {
				t.Errorf("exit code %d: %q", code, raw)
			}
			if _, err := os.Stat(filepath.Join(h.work, "seen")); (err == nil) != (test.leaves != "") {
				t.Errorf("%v", err)
			}
			if test.leaves != "" && !strings.Contains(h.worked(test.leaves), test.wants) {
				t.Errorf("the pager read %q", h.worked(test.leaves))
			}
		})
	}
}

// Where no person looks there is no pager.
func TestNoPager(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "PAGER=touch seen")
	raw := h.onTerminal(80, 24, nil, "sh", "-c", "entralogin help troubleshooting | cat; entralogin help git >file; KUBERNETES_EXEC_INFO='{}' entralogin get-token --help").end()
	if !strings.Contains(raw, "Troubleshooting, by symptom") || !strings.Contains(h.worked("file"), "git: Azure DevOps") || !strings.Contains(raw, "entralogin get-token [flags]") {
		t.Errorf("%q", raw)
	}
	if _, err := os.Stat(filepath.Join(h.work, "seen")); err == nil {
		t.Error("a pager was started")
	}
}

// Ctrl-C is the pager's: entralogin stays until the pager has given the terminal back, and so with less itself. What
// ends entralogin ends the pager before.
func TestPagerAndSignals(t *testing.T) {
	t.Parallel()
	const asks = `PAGER=trap 'echo trapped' INT; trap 'echo restored; exit' TERM; cat >/dev/null; echo ready; until read line </dev/tty; do :; done; echo read $line`
	h := newHouse(t, "TERM=xterm", asks)
	p := h.onTerminal(80, 24, nil, "entralogin", "help", "troubleshooting")
	p.shows("ready")
	p.master.WriteString("\x03")
	p.shows("trapped")
	p.master.WriteString("on\n")
	if raw := p.end(); !strings.Contains(raw, "read on") || p.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("%v: %q", p.cmd.ProcessState, raw)
	}
	p = h.onTerminal(80, 24, nil, "entralogin", "help", "troubleshooting")
	p.shows("ready")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	raw := p.end()
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !strings.Contains(raw, "restored") || !status.Signaled() || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v: %q", p.cmd.ProcessState, raw)
	}
}

// less shows the page page by page, with its colours, survives Ctrl-C, and leaves the terminal as it was.
func TestLess(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("less"); err != nil {
		t.Skip("there is no less here")
	}
	h := newHouse(t, "TERM=xterm", "LC_ALL=C.UTF-8")
	p := h.onTerminal(80, 24, nil, "sh", "-c", "trap : INT; stty -a >before; entralogin help troubleshooting; echo ended $?; stty -a >after")
	p.shows("Its log says why")
	if strings.Contains(string(p.raw.Bytes()), "Conditional Access") {
		t.Error("the whole page is on the screen")
	}
	p.master.WriteString("\x03")
	p.shows("\a(?s:.*)Its log says why(?s:.*):") // it draws the page anew
	p.master.WriteString("G")
	p.shows(`\(END\)`)
	p.master.WriteString("q")
	raw := p.end()
	if !strings.Contains(raw, "ended 0") || !strings.Contains(raw, "\x1b[1mTroubleshooting, by symptom\x1b[0m") {
		t.Errorf("%q", raw)
	}
	if before, after := h.worked("before"), h.worked("after"); before != after {
		t.Errorf("the terminal was\n%s\nand is\n%s", before, after)
	}
}

// Colours are for terminals alone, and not where the environment wants none.
func TestColours(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env, call string
		coloured  bool
	}{
		"terminal":       {"X=", "entralogin doctor --help", true},
		"NO_COLOR":       {"NO_COLOR=1", "entralogin doctor --help", false},
		"CLICOLOR":       {"CLICOLOR=0", "entralogin doctor --help", false},
		"dumb":           {"TERM=dumb", "entralogin doctor --help", false},
		"pipe":           {"X=", "entralogin doctor --help | cat", false},
		"forced":         {"CLICOLOR_FORCE=1", "entralogin doctor --help | cat", true},
		"forced not to":  {"CLICOLOR_FORCE=0", "entralogin doctor --help | cat", false},
		"NO_COLOR first": {"CLICOLOR_FORCE=1", "NO_COLOR=1 entralogin doctor --help | cat", false},
		"JSON":           {"CLICOLOR_FORCE=1", "entralogin account list -o json", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "PAGER=", test.env)
			raw := h.onTerminal(80, 24, nil, "sh", "-c", test.call).end()
			if strings.Contains(raw, "\x1b[1mUsage:\x1b[0m") != test.coloured || strings.Contains(raw, "\x1b") != test.coloured || raw == "" {
				t.Errorf("%q", raw)
			}
		})
	}
}
