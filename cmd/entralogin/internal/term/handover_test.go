package term

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
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

func namesOf(programs []browser.Program) string {
	var names []string
	for _, p := range programs {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

func TestClipboardsOfTheDesktop(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("another system has other programs")
	}
	for settings, want := range map[string]string{
		"DISPLAY=:0":                              "xclip xsel",
		"WAYLAND_DISPLAY=wayland-0":               "wl-copy",
		"WAYLAND_DISPLAY=w DISPLAY=:0":            "wl-copy xclip xsel",
		"WSL_DISTRO_NAME=Ubuntu":                  "clip.exe",
		"WSL_INTEROP=/x WAYLAND_DISPLAY=w":        "clip.exe wl-copy",
		"":                                        "",
		"TERM=xterm":                              "",
		"DISPLAY=:0 SSH_CONNECTION=a":             "",
		"DISPLAY=localhost:10.0 SSH_TTY=/x":       "",
		"WSL_DISTRO_NAME=Ubuntu SSH_CONNECTION=a": "",
	} {
		e := env(strings.Fields(settings)...)
		if distant := e.distant() != ""; distant != (want == "") {
			t.Errorf("%s: distant is %v", settings, distant)
		}
		if got := namesOf(e.clipboards()); want != "" && got != want {
			t.Errorf("%s: the clipboards are %s", settings, got)
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

// A page of another host is no matter for a browser, whoever named it.
func TestForeignPageIsNotOpened(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	program := filepath.Join(t.TempDir(), "browser")
	if err := entratest.WriteProgram(program, "#!/bin/sh\necho \"$@\" >>\"$0.args\"\n"); err != nil {
		t.Fatal(err)
	}
	s := &Stderr{HandOver: HandOver{Open: true, Pages: []string{"microsoft.com"}, Browser: browser.Opener{Env: env("BROWSER=" + program)}}}
	if said := s.openPage("https://evil.example/devicelogin"); !strings.Contains(said, "not opened") {
		t.Error(said)
	}
	if said := s.openPage("https://microsoft.com/devicelogin"); !strings.Contains(said, "opens") {
		t.Error(said)
	}
	if got, err := os.ReadFile(program + ".args"); err != nil || string(got) != "https://microsoft.com/devicelogin\n" {
		t.Errorf("opened is %q, %v", got, err)
	}
}
