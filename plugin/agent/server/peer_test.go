package server

import (
	"strings"
	"testing"
)

// Whom an ssh stands for is read as ssh reads its arguments.
func TestSSHHost(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"ssh build1":                             "build1 (ssh)",
		"ssh ops@build1 uptime -l root":          "ops@build1 (ssh)",
		"ssh -l ops build1":                      "ops@build1 (ssh)",
		"ssh build1 -l ops":                      "ops@build1 (ssh)",
		"ssh -lops -p2222 build1":                "ops@build1:2222 (ssh)",
		"ssh -p 22 build1":                       "build1 (ssh)",
		"ssh -l first -l second third@build1":    "first@build1 (ssh)",
		"ssh -vvNTqp 2222 -o User=ops build1":    "ops@build1:2222 (ssh)",
		"ssh -o Port=2222 build1 ls":             "build1:2222 (ssh)",
		"ssh -R /x.sock:/y.sock -F none build1":  "build1 (ssh)",
		"ssh -R/x.sock:/y.sock -A -- build1":     "build1 (ssh)",
		"ssh -oLogLevel=ERROR build1 -- -l evil": "build1 (ssh)",
		"ssh ssh://ops@build1:2222":              "ops@build1:2222 (ssh)",
		"ssh ssh://ops@build1:2222/":             "ops@build1:2222 (ssh)",
		"ssh ssh://[::1]:2222":                   "[::1]:2222 (ssh)",
		"ssh a@b@build1":                         "a@b@build1 (ssh)",
		"ssh":                                    "an unknown host (ssh)",
		"":                                       "an unknown host (ssh)",
		"ssh -p":                                 "an unknown host (ssh)",
		"ssh -N":                                 "an unknown host (ssh)",
		"ssh user@":                              "an unknown host (ssh)",
		"ssh bu\u202eild1\x1b[31m":               "build1[31m (ssh)",
		"ssh: /home/x/.ssh/cm-build1 [mux]":      "/home/x/.ssh/cm-build1 (ssh, by its control socket)",
		"ssh " + strings.Repeat("x", 300):        strings.Repeat("x", longestHost-3) + "... (ssh)",
	} {
		if got := sshHost(strings.Split(line, " ")); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

func FuzzSSHHost(f *testing.F) {
	f.Add("ssh\x00-p\x0022\x00build1")
	f.Add("ssh: /x [mux]")
	f.Fuzz(func(t *testing.T, line string) {
		if got := sshHost(strings.Split(line, "\x00")); len([]rune(got)) > longestHost+100 || strings.ContainsAny(got, "\n\x1b") {
			t.Errorf("%q: %q", line, got)
		}
	})
}

// What a process is goes by its executable and its container, not by what it calls itself.
func TestProgramHost(t *testing.T) {
	t.Parallel()
	id := strings.Repeat("0123456789abcdef", 4)
	for want, p := range map[string]program{
		"build1 (ssh)":              {"/usr/bin/ssh", []string{"anything", "build1"}, "", ""},
		"/usr/bin/python3.11":       {"/usr/bin/python3.11", []string{"ssh", "build1"}, "", ""},
		"container 0123456789ab":    {"/usr/bin/ssh", []string{"ssh", "build1"}, id, "x"},
		"/bin/ssh (in a container)": {"/bin/ssh", []string{"ssh", "build1"}, "", "x"},
		"build2 (ssh)":              {"/usr/bin/entralogin", []string{"entralogin", "ssh", "build2"}, "", ""},
		"/usr/bin/entralogin":       {"/usr/bin/entralogin", []string{"entralogin", "get-token"}, "", ""},
	} {
		if got, ok := p.host(); got != want || !ok {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
	if got, ok := (program{arguments: []string{"ssh", "build1"}}).host(); ok {
		t.Errorf("of an unknown executable: %q", got)
	}
}
