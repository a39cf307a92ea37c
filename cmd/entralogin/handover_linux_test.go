package main

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// Where the person sits at another machine, the terminal there takes the code for its clipboard, also where
// standard error leads elsewhere.
func TestCodeOnTheClipboardOfTheTerminal(t *testing.T) {
	for name, test := range map[string]struct {
		env    []string
		before string // the sequence
		after  string
	}{
		"ssh":    {[]string{"SSH_CONNECTION=a", "DISPLAY=:77"}, "", ""},
		"tmux":   {[]string{"SSH_TTY=/dev/pts/1", "TMUX=/tmp/tmux"}, "", "\x1bPtmux;\x1b\x1b]52;c;CODE\a\x1b\\"},
		"screen": {[]string{"STY=1.x"}, "\x1bP", "\x1b\\"},
		"hidden": {[]string{"SSH_TTY=x"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, append(test.env, "TERM=xterm")...)
			h.sim.AutoApprove(entratest.Alice, 0)
			args := []string{"entralogin", "login", "--copy"}
			if name == "hidden" {
				args = []string{"sh", "-c", "entralogin login --copy 2>err; cat err"}
			}
			raw := h.onTerminal(200, 30, nil, args...).end()
			code := regexp.MustCompile(`enter the code (\S+) to authenticate`).FindStringSubmatch(raw)
			if code == nil {
				t.Fatalf("no code: %q", raw)
			}
			sent := base64.StdEncoding.EncodeToString([]byte(code[1]))
			want := test.before + "\x1b]52;c;" + sent + "\a" + strings.ReplaceAll(test.after, "CODE", sent)
			if n := strings.Count(raw, want); n != 1 || !strings.Contains(raw, "was sent to the clipboard of your terminal (OSC 52)") || !strings.Contains(raw, "Signed in as") {
				t.Errorf("%d times %q in %q", n, want, raw)
			}
		})
	}
}

// A terminal that knows no sequences is sent none, and neither is one that nobody asked for.
func TestNoSequenceUnasked(t *testing.T) {
	for args, env := range map[string]string{"login --copy": "TERM=dumb", "login": "TERM=xterm"} {
		h := newHouse(t, env, "SSH_CONNECTION=a")
		h.sim.AutoApprove(entratest.Alice, 0)
		p := h.onTerminal(100, 30, nil, append([]string{"entralogin"}, strings.Fields(args)...)...)
		if raw := p.end(); strings.Contains(raw, "\x1b]") || !strings.Contains(raw, "Signed in as") || strings.Contains(raw, "clipboard") != strings.Contains(args, "copy") {
			t.Errorf("%s, %s: %q", env, args, raw)
		}
	}
}
