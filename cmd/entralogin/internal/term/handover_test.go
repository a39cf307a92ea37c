package term

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// env is an environment with nothing else in it.
func env(settings ...string) Env {
	return func(name string) string {
		for _, s := range settings {
			if value, ok := strings.CutPrefix(s, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func namesOf(programs []program) string {
	var names []string
	for _, p := range programs {
		names = append(names, p.name)
	}
	return strings.Join(names, " ")
}

func TestProgramsOfTheDesktop(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("another system has other programs")
	}
	for settings, want := range map[string][2]string{ // clipboards, browsers
		"DISPLAY=:0":                              {"xclip xsel", "xdg-open"},
		"WAYLAND_DISPLAY=wayland-0":               {"wl-copy", "xdg-open"},
		"WAYLAND_DISPLAY=w DISPLAY=:0":            {"wl-copy xclip xsel", "xdg-open"},
		"WSL_DISTRO_NAME=Ubuntu":                  {"clip.exe", "wslview explorer.exe xdg-open"},
		"WSL_INTEROP=/x WAYLAND_DISPLAY=w":        {"clip.exe wl-copy", "wslview explorer.exe xdg-open"},
		"":                                        {},
		"TERM=xterm":                              {},
		"DISPLAY=:0 SSH_CONNECTION=a":             {},
		"DISPLAY=localhost:10.0 SSH_TTY=/x":       {},
		"WSL_DISTRO_NAME=Ubuntu SSH_CONNECTION=a": {},
	} {
		e := env(strings.Fields(settings)...)
		if distant := e.Distant() != ""; distant != (want[0] == "") {
			t.Errorf("%s: distant is %v", settings, distant)
		}
		if got := namesOf(e.clipboards()); want[0] != "" && got != want[0] {
			t.Errorf("%s: the clipboards are %s", settings, got)
		}
		if got := namesOf(e.browsers("x")); want[0] != "" && got != want[1] {
			t.Errorf("%s: the browsers are %s", settings, got)
		}
	}
}

func TestClipboardSequence(t *testing.T) {
	const plain = "\x1b]52;c;QUJD\a" // ABC
	for settings, want := range map[string]string{
		"":             plain,
		"STY=1.x":      "\x1bP" + plain + "\x1b\\",
		"TMUX=/tmp/x":  plain + "\x1bPtmux;\x1b\x1b]52;c;QUJD\a\x1b\\",
		"TMUX=x STY=y": plain + "\x1bPtmux;\x1b\x1b]52;c;QUJD\a\x1b\\",
	} {
		if got := env(strings.Fields(settings)...).clipboardSequence("ABC"); got != want {
			t.Errorf("%s: got %q, want %q", settings, got, want)
		}
	}
}

func TestPagesThatMayBeOpened(t *testing.T) {
	h := HandOver{Pages: []string{"microsoft.com", "login.example.com:8443"}}
	for page, want := range map[string]bool{
		"https://microsoft.com/devicelogin":            true,
		"https://Microsoft.com:443/devicelogin?x=1":    true,
		"https://login.example.com:8443/device":        true,
		"https://login.example.com/device":             false,
		"http://microsoft.com/devicelogin":             false,
		"https://me@microsoft.com/devicelogin":         false,
		"https://microsoft.com.evil.example/":          false,
		"https://evil.example/https://microsoft.com/":  false,
		"https://microsoft.com@evil.example/":          false,
		"https://microsoft.com/a b":                    false,
		"https://microsoft.com/&calc":                  false,
		"https://microsoft.com/%20":                    false,
		"https://microsoft.com/$(x)":                   false,
		"https://microsoft.com/\"":                     false,
		"https://microsoft.com/\x1b[2J":                false,
		"https://microsoft.com/\u202e":                 false,
		"https://m\u0456crosoft.com/":                  false,
		"-x https://microsoft.com/":                    false,
		"javascript:alert(1)//https://microsoft.com/x": false,
		"": false,
	} {
		if got := h.permits(page); got != want {
			t.Errorf("%q: %v", page, got)
		}
	}
}

// script writes a program for sh, in a folder of its own.
func script(t *testing.T, name, lines string) (folder string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	folder = t.TempDir()
	if err := entratest.WriteProgram(filepath.Join(folder, name), "#!/bin/sh\n"+lines+"\n"); err != nil {
		t.Fatal(err)
	}
	return folder
}

// A page of another host is no matter for a browser, whoever named it.
func TestForeignPageIsNotOpened(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("another system has another program")
	}
	folder := script(t, "xdg-open", `echo "$@" >>"$0.args"`)
	t.Setenv("PATH", folder)
	s := &Stderr{Env: env("DISPLAY=:0"), HandOver: HandOver{Open: true, Pages: []string{"microsoft.com"}}}
	if said := s.openPage("https://evil.example/devicelogin"); !strings.Contains(said, "not opened") {
		t.Error(said)
	}
	if said := s.openPage("https://microsoft.com/devicelogin"); !strings.Contains(said, "opens") {
		t.Error(said)
	}
	if got, err := os.ReadFile(filepath.Join(folder, "xdg-open.args")); err != nil || string(got) != "https://microsoft.com/devicelogin\n" {
		t.Errorf("opened is %q, %v", got, err)
	}
}

// A program gets what it reads on standard input alone, nothing of our streams, and a session of its own.
func TestProgramGetsItsInput(t *testing.T) {
	folder := script(t, "clip", `echo "$@" >"$0.args"; cat >"$0.in"; ps -o sid= -p $$ 2>/dev/null | tr -d ' ' >"$0.sid"; echo $$ >"$0.pid"; echo out; echo err >&2`)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	if err := (program{name: "clip", args: []string{"-x"}}).run("ABC123", time.Minute); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"args": "-x\n", "in": "ABC123"} {
		if got, err := os.ReadFile(filepath.Join(folder, "clip."+name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
	sid, _ := os.ReadFile(filepath.Join(folder, "clip.sid"))
	if pid, _ := os.ReadFile(filepath.Join(folder, "clip.pid")); len(sid) > 0 && string(sid) != string(pid) {
		t.Errorf("it is process %s of session %s", pid, sid)
	}
}

// A program that stays in the foreground is ended, unless it may stay. What it leaves behind holds nobody up.
func TestProgramThatStays(t *testing.T) {
	const instant = 50 * time.Millisecond
	folder := script(t, "stays", `exec sleep 1000`)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	if err := (program{name: "stays"}).run("", instant); err == nil || !strings.Contains(err.Error(), "longer than 50ms") {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", script(t, "leaves", `sleep 5 & exit 0`)+":"+os.Getenv("PATH"))
	if err := (program{name: "leaves"}).run("x", time.Minute); err != nil {
		t.Errorf("got %v", err)
	}
	t.Setenv("PATH", script(t, "opens", `exec sleep 5`)+":"+os.Getenv("PATH"))
	if err := (program{name: "opens", stays: true}).run("", instant); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestProgramThatFails(t *testing.T) {
	t.Setenv("PATH", script(t, "bad", "exit 3")+":"+script(t, "good", "exit 0"))
	if err := (program{name: "bad"}).run("", time.Minute); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
	if err := (program{name: "bad", fails: true}).run("", time.Minute); err != nil {
		t.Errorf("got %v", err)
	}
	if err := runFirst([]program{{name: "none"}, {name: "bad"}, {name: "good"}}, ""); err != nil {
		t.Errorf("got %v", err)
	}
	err := runFirst([]program{{name: "none"}, {name: "bad"}}, "")
	if err == nil || err.Error() != "none is not on the PATH\nbad failed (exit status 3)" {
		t.Errorf("got %v", err)
	}
}

// What lies in the current folder is nobody's program, wherever the PATH leads.
func TestProgramOfTheCurrentFolder(t *testing.T) {
	folder := script(t, "clip", `>"$0.run"`)
	t.Chdir(folder)
	t.Setenv("GODEBUG", "execerrdot=0")
	for _, path := range []string{".", "", "./", "../" + filepath.Base(folder)} {
		t.Setenv("PATH", path)
		if err := (program{name: "clip"}).run("", time.Minute); err == nil {
			t.Errorf("PATH=%s: it was run", path)
		}
	}
	if _, err := os.Stat("clip.run"); err == nil {
		t.Error("it was run")
	}
}
