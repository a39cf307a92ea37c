package term

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/browser"
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
