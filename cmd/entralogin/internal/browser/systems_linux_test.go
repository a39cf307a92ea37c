package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where a page can be opened, and why not elsewhere: BROWSER is the word of somebody who knows better.
func TestHere(t *testing.T) {
	t.Setenv("PATH", script(t, "xdg-open", "")+":"+script(t, "mine", ""))
	const desktop, ssh, container = "there is no desktop here: neither WAYLAND_DISPLAY nor DISPLAY is set", "this is another machine, reached by ssh", "this is a container"
	const wsl = "proc/sys/kernel/osrelease=5.15.1-Microsoft-standard"
	for name, test := range map[string]struct{ variables, files, want string }{
		"nothing":              {"", "", desktop},
		"X":                    {"DISPLAY=:0", "", ""},
		"Wayland":              {"WAYLAND_DISPLAY=w", "", ""},
		"ssh":                  {"DISPLAY=:0|SSH_CONNECTION=a", "", ssh},
		"ssh's terminal":       {"DISPLAY=:0|SSH_TTY=/x", "", ssh},
		"ssh and BROWSER":      {"SSH_CONNECTION=a|BROWSER=mine", "", ""},
		"Docker":               {"DISPLAY=:0", ".dockerenv=", container},
		"Podman":               {"DISPLAY=:0", "run/.containerenv=", container},
		"Docker and BROWSER":   {"BROWSER=mine", ".dockerenv=", ""},
		"Docker on WSL":        {"", ".dockerenv= " + wsl, container},
		"WSL":                  {"", wsl, ""},
		"WSL's name":           {"WSL_DISTRO_NAME=Ubuntu", "", ""},
		"WSL by ssh":           {"SSH_CONNECTION=a", wsl, ssh},
		"another kernel":       {"", "proc/sys/kernel/osrelease=6.1.0-amd64", desktop},
		"BROWSER":              {"BROWSER=mine", "", ""},
		"BROWSER's second":     {"BROWSER=gone:mine", "", ""},
		"BROWSER is gone":      {"BROWSER=gone", "", "gone is not on the PATH, " + desktop},
		"BROWSER gone, X":      {"BROWSER=gone|DISPLAY=:0", "", ""},
		"BROWSER of text":      {"BROWSER=/usr/bin/w3m", "", "/usr/bin/w3m needs the terminal, and is not started, " + desktop},
		"BROWSER is none":      {"BROWSER=none|DISPLAY=:0", "", "BROWSER is none"},
		"BROWSER has no words": {"BROWSER=: :|DISPLAY=:0", "", ""},
	} {
		o := opener(test.variables, test.files)
		if got := o.Here(); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
		if o.Elsewhere() != (o.Here() != "" && !strings.Contains(test.variables, "none")) {
			t.Errorf("%s: elsewhere is %v", name, o.Elsewhere())
		}
	}
	o := opener("SSH_CONNECTION=a", "")
	for command, want := range map[string]string{"mine": "", "mine --new %s": "", "none": "the setting browser is none", "gone": "gone is not on the PATH"} {
		if o.Command = command; o.Here() != want {
			t.Errorf("%s: %q", command, o.Here())
		}
	}
	t.Setenv("PATH", "")
	if got := opener("DISPLAY=:0", "").Here(); got != "xdg-open is not on the PATH" {
		t.Errorf("without xdg-open: %q", got)
	}
}

// The system's own programs, and how they get the address.
func TestSystems(t *testing.T) {
	names := func(o Opener) string {
		var all []string
		for _, c := range o.systems() {
			all = append(all, filepath.Base(c.name))
		}
		return strings.Join(all, " ")
	}
	if got := names(opener("", "")); got != "xdg-open" {
		t.Error(got)
	}
	o := opener("WSL_DISTRO_NAME=Ubuntu|WSLENV=A/p", "")
	if got := names(o); got != "wslview powershell.exe powershell.exe rundll32.exe xdg-open" {
		t.Error(got)
	}
	// what stands for PowerShell says what came over
	folder := script(t, "powershell.exe", `echo "$WSLENV $ENTRALOGIN_PAGE $@" >"$0.said"`)
	t.Setenv("PATH", folder)
	if err := o.Open(t.Context(), "http://localhost:1/x?a=b&c=d"); err != nil {
		t.Fatal(err)
	}
	said, err := os.ReadFile(filepath.Join(folder, "powershell.exe.said"))
	if string(said) != "A/p:ENTRALOGIN_PAGE http://localhost:1/x?a=b&c=d -NoProfile -NonInteractive -Command Start-Process $env:ENTRALOGIN_PAGE\n" {
		t.Errorf("%q, %v", said, err)
	}
}

// xdg-open does not come back to a BROWSER that was no good.
func TestSystemsHaveNoBrowser(t *testing.T) {
	folder := script(t, "xdg-open", `echo "$BROWSER" >"$0.said"`)
	t.Setenv("PATH", folder)
	t.Setenv("BROWSER", "w3m")
	if err := opener("BROWSER=w3m|DISPLAY=:0", "").Open(t.Context(), "http://localhost:1/x"); err != nil {
		t.Fatal(err)
	}
	if said, err := os.ReadFile(filepath.Join(folder, "xdg-open.said")); string(said) != "\n" {
		t.Errorf("%q, %v", said, err)
	}
}
