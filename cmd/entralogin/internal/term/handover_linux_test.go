package term

import (
	"strings"
	"testing"
)

func TestClipboardsOfTheDesktop(t *testing.T) {
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
