package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// captured is what a caller does that keeps what its programs write, as npm does: the shell has the terminal, and
// the command's standard error and output are files.
func captured(command string) []string {
	return []string{"sh", "-c", "exec 3>&1; exec >out 2>err; " + command + "; echo ended $? >&3"}
}

const aToken = "entralogin get-token --server-id " + entratest.ServerID

// asked waits until somebody was asked and polls, and returns what the terminal shows then.
func (h *house) asked(p *pty) string {
	h.t.Helper()
	waitForCode(h.t, h)
	h.polled(1) // whatever is shown is shown by now
	return string(p.raw.Bytes())
}

func (h *house) approve() {
	h.t.Helper()
	if err := h.sim.Approve(h.sim.PendingCodes()[0], entratest.Alice); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) worked(name string) string {
	h.t.Helper()
	return readDoc(h.t, filepath.Join(h.work, name))
}

// A person at a terminal sees the code though the caller keeps standard error to itself. It stands there, too; the
// countdown is no line, and stays away.
func TestCapturedStderr(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ env, command string }{
		"kubectl":      {"", aToken},
		"az":           {"ENTRALOGIN_PROMPT=always", "az account get-access-token --resource https://management.azure.com/"},
		"always":       {"", aToken + " --prompt always"},
		"a job":        {"", "set -m; " + aToken},
		"the caller's": {"", "stty tostop; set -m; " + aToken + " & wait $!"},
		"not on stdin": {"", aToken + " </dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8", test.env)
			p := h.onTerminal(80, 24, nil, captured(test.command)...)
			p.shows(`enter the code [A-Z0-9]+ `)
			h.asked(p)
			h.approve()
			raw := p.end()
			err := h.worked("err")
			if !strings.Contains(raw, "ended 0") || strings.Count(raw, "enter the code") != 1 || strings.Count(err, "enter the code") != 1 || h.worked("out") == "" {
				t.Errorf("on the terminal %q, on standard error %q", raw, err)
			}
			if strings.Contains(raw+err, "left") || strings.Contains(raw, "eyJ") {
				t.Errorf("more than the prompt: %q, %q", raw, err)
			}
		})
	}
}

// The drawing stands where the prompt is seen.
func TestCapturedQR(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
	h.sim.AutoApprove(entratest.Alice, 0)
	raw := h.onTerminal(80, 40, nil, captured("entralogin login --qr")...).end()
	if err := h.worked("err"); !strings.Contains(raw, "█▀▀▀▀▀█") || strings.Contains(err, "█") || !strings.Contains(err, "no QR code") {
		t.Errorf("on the terminal %q, on standard error %q", raw, err)
	}
}

// Where nobody looks, or a line would do harm, the terminal is left alone, and the sign-in goes on all the same.
func TestTerminalLeftAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ env, command, why string }{
		"CI":          {"CI=true", aToken + " --prompt always -v", "CI is set"},
		"raw":         {"", "stty raw; " + aToken + " -v", "raw mode"},
		"cbreak":      {"", "stty -icanon; " + aToken + " -v", "raw mode"},
		"background":  {"", "set -m; (sh -c '" + aToken + " -v') & wait; true", "not in the foreground"},
		"tostop":      {"", "stty tostop; set -m; (sh -c '" + aToken + " -v') & wait; true", "not in the foreground"},
		"no terminal": {"", "setsid -w " + aToken + " -v", "no terminal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8", test.env)
			p := h.onTerminal(80, 24, nil, captured(test.command)...)
			raw := h.asked(p)
			h.approve()
			raw = p.end()
			err := h.worked("err")
			if !strings.Contains(raw, "ended 0") || strings.Contains(raw, "code") || strings.Contains(raw, "entralogin") {
				t.Errorf("on the terminal: %q", raw)
			}
			if !strings.Contains(err, "enter the code") || !strings.Contains(err, "shown on standard error alone") || !strings.Contains(err, test.why) || !strings.Contains(h.worked("out"), "eyJ") {
				t.Errorf("on standard error: %q", err)
			}
		})
	}
}

// Nobody is asked, nothing is shown.
func TestNeverOnTheTerminal(t *testing.T) {
	t.Parallel()
	for _, command := range []string{aToken + " --prompt never", "CI=1 " + aToken} {
		h := newHouse(t, "TERM=xterm")
		raw := h.onTerminal(80, 24, nil, captured(command)...).end()
		if strings.TrimSpace(raw) != "ended 4" || h.sim.Requests("*") != 0 {
			t.Errorf("%s: %q", command, raw)
		}
	}
}

// A terminal whose output is held (Ctrl-S) holds up nobody.
func TestHeldTerminal(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm")
	p := h.onTerminal(80, 24, nil, "sh", "-c", "read go; "+aToken+" -v >out 2>err")
	if err := unix.IoctlSetInt(int(p.slave(t).Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
		t.Fatal(err)
	}
	if _, err := p.master.WriteString("go\n"); err != nil {
		t.Fatal(err)
	}
	h.asked(p)
	h.approve()
	p.cmd.Wait()
	if err := h.worked("err"); !strings.Contains(h.worked("out"), "eyJ") || !strings.Contains(err, "does not take the code") {
		t.Errorf("%s", err)
	}
}

// slave opens the terminal itself.
func (p *pty) slave(t *testing.T) *os.File {
	t.Helper()
	number, err := unix.IoctlGetInt(int(p.master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return slave
}

// Fifty processes on one terminal whose standard error is taken ask once there; whoever asks may sit elsewhere.
func TestCapturedStorm(t *testing.T) {
	t.Parallel()
	for name, elsewhere := range map[string]bool{"all of one terminal": false, "one asks elsewhere": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8")
			if elsewhere {
				h.start(strings.Fields(aToken)...).prompted(t)
			}
			const all = 50
			p := h.onTerminal(80, 24, nil, "sh", "-c", fmt.Sprintf(
				"i=0; while [ $i -lt %d ]; do %s >out-$i 2>err-$i & i=$((i+1)); done; wait; echo ended", all, aToken))
			prompts := func() (n int) {
				for i := range all {
					blob, _ := os.ReadFile(filepath.Join(h.work, fmt.Sprint("err-", i)))
					n += bytes.Count(blob, []byte("enter the code"))
				}
				return n
			}
			if !until(func() bool { return prompts() == all }) {
				t.Fatalf("%d of %d show the code where it was captured", prompts(), all)
			}
			h.approve()
			raw := p.end()
			if n := strings.Count(raw, "enter the code"); n != 1 || h.sim.Requests("devicecode") != 1 {
				t.Errorf("%d prompts on the terminal, %d sign-ins: %q", n, h.sim.Requests("devicecode"), raw)
			}
			for i := range all {
				if out := h.worked(fmt.Sprint("out-", i)); !strings.Contains(out, "eyJ") {
					t.Errorf("process %d has no token: %s", i, h.worked(fmt.Sprint("err-", i)))
				}
			}
		})
	}
}

// Who sees standard error on the terminal, and who does not, are before one screen; also where it is opened by the
// name that means another terminal to each session.
func TestOneScreenByTwoNames(t *testing.T) {
	t.Parallel()
	for name, test := range map[string][2]string{
		"seen, captured":    {"2>&3", "2>>err"},
		"captured, seen":    {"2>>err", "2>&3"},
		"/dev/tty, seen":    {"2>/dev/tty", "2>&3"},
		"captured, by name": {"2>>err", "2>/dev/tty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, "LANG=C.UTF-8") // without TERM there is no countdown
			p := h.onTerminal(80, 24, nil, "sh", "-c", fmt.Sprintf("exec 3>&1; %[1]s %[2]s >out-1 & read go; %[1]s -v %[3]s >out-2; wait; echo ended", aToken, test[0], test[1]))
			p.shows("enter the code")
			if _, err := p.master.WriteString("go\n"); err != nil {
				t.Fatal(err)
			}
			said := func() []byte {
				blob, _ := os.ReadFile(filepath.Join(h.work, "err"))
				return append(blob, p.raw.Bytes()...)
			}
			if !until(func() bool {
				return bytes.Contains(said(), []byte("code stands here already")) || bytes.Count(said(), []byte("enter the code")) > 1
			}) {
				t.Fatalf("nobody waits: %q", said())
			}
			h.approve()
			if raw := p.end(); strings.Count(raw, "enter the code") != 1 || !strings.Contains(raw, "ended") {
				t.Errorf("%q", raw)
			}
			if !strings.Contains(h.worked("out-1"), "eyJ") || !strings.Contains(h.worked("out-2"), "eyJ") {
				t.Error("somebody has no token")
			}
		})
	}
}

// git hands its helper the standard error that its caller took.
func TestCapturedGit(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "GIT_CONFIG_NOSYSTEM=1")
	question := "protocol=https\nhost=dev.azure.com\npath=contoso/p/_git/r\n\n"
	if err := os.WriteFile(filepath.Join(h.work, "question"), []byte(question), 0o600); err != nil {
		t.Fatal(err)
	}
	p := h.onTerminal(80, 24, nil, captured("git -c credential.helper= -c credential.helper=entralogin -c credential.useHttpPath=true credential fill <question")...)
	p.shows(`git, for https://dev.azure.com/contoso, (?s:.*)enter the code [A-Z0-9]+ `)
	h.asked(p)
	h.approve()
	raw := p.end()
	if !strings.Contains(raw, "ended 0") || strings.Count(raw, "enter the code") != 1 || !strings.Contains(h.worked("out"), "password=eyJ") || !strings.Contains(h.worked("err"), "enter the code") {
		t.Errorf("on the terminal %q, on standard error %q", raw, h.worked("err"))
	}
}
