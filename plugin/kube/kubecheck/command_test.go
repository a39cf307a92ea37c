package kubecheck

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
)

// program makes a file that can be executed.
func program(t *testing.T, parts ...string) string {
	t.Helper()
	file := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return file
}

// built builds the command of a module, whose build information names path, and returns its file.
func built(t *testing.T, dir, module, pkg string) string {
	t.Helper()
	src := filepath.Join(dir, "src")
	for name, text := range map[string]string{"go.mod": "module " + module + "\n\ngo 1.26\n", pkg + "/main.go": "package main\n\nfunc main() {}\n"} {
		file := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "bin", "entralogin")
	cmd := exec.Command("go", "build", "-o", out, "./"+pkg)
	cmd.Dir = src
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

func TestCheckCommand(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Fatal("the paths below are those of Unix")
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "kube", "config")
	self := program(t, dir, "path", "entralogin")
	program(t, dir, "kube", "bin", "entralogin")
	script := program(t, dir, "script", "entralogin")
	other := built(t, filepath.Join(dir, "other"), "example.com/entralogin", "cmd/entralogin")
	foreign := built(t, filepath.Join(dir, "foreign"), "example.com/foreign", "cmd/server")
	flat := filepath.Join(dir, "flat")
	if err := os.WriteFile(flat, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(dir, "path"))
	for name, test := range map[string]struct{ command, system, want, what, remedy string }{
		"absolute":            {self, "linux", "ok", "is this very program", ""},
		"link":                {filepath.Join(dir, "link"), "linux", "ok", "is this very program", ""},
		"bare, Linux":         {"entralogin", "linux", "warning", "in /usr/local/bin:/usr/bin:/bin alone", "absolute path"},
		"bare, macOS":         {"entralogin", "darwin", "warning", "in /usr/bin:/bin:/usr/sbin:/sbin alone", "absolute path"},
		"bare, Windows":       {"entralogin", "windows", "ok", "PATH of each program", ""},
		"bare, not there":     {"entralogin-x", "linux", "configuration", `"entralogin-x" is not on the PATH`, "kubeconfig add"},
		"absolute, not there": {"/not/there", "linux", "configuration", `"/not/there" is not there`, "kubeconfig add"},
		"not executable":      {flat, "linux", "configuration", "can't be executed", "kubeconfig add"},
		"relative":            {"bin/entralogin", "linux", "warning", "moves with it", "absolute path"},
		"relative, not there": {"./entralogin", "linux", "configuration", "seen from the folder of the kubeconfig", "kubeconfig add"},
		"script":              {script, "linux", "warning", "neither program nor version", "kubeconfig add"},
		"another version":     {other, "linux", "warning", "another entralogin than this one: version (devel)", "kubeconfig add"},
		"another program":     {foreign, "linux", "configuration", "no entralogin: it was built from example.com/foreign/cmd/server", "kubeconfig add"},
		"none":                {"", "linux", "configuration", "no command", "kubeconfig add"},
		"ESC":                 {"/not/\x1b[2Jthere", "linux", "configuration", `"/not/[2Jthere"`, "kubeconfig add"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Machine{Machine: check.Machine{System: test.system, Self: self}}
			one(t, m.CheckCommand(test.command, config, "entralogin kubeconfig add"), want{test.want, test.what, test.remedy})
		})
	}
}

// A bare name that programs of the desktop find, too, be it another file.
func TestDesktopPath(t *testing.T) {
	dir := t.TempDir()
	self := program(t, dir, "entralogin")
	for name, test := range map[string]struct {
		desktop string // where the desktop's /usr/bin/entralogin is said to lie
		want    want
	}{
		"the same":  {self, want{"ok", "find it, too", ""}},
		"a second":  {"/usr/bin/entralogin", want{"warning", "find another file: /usr/bin/entralogin", "absolute path"}},
		"not there": {"", want{"warning", "alone", "absolute path"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := Machine{Machine: check.Machine{System: "linux", Self: self, LookPath: func(file string) (string, error) {
				switch {
				case file == "entralogin":
					return self, nil
				case strings.HasPrefix(file, "/usr/bin/") && test.desktop != "":
					return test.desktop, nil
				}
				return "", exec.ErrNotFound
			}}}
			one(t, m.CheckCommand("entralogin", filepath.Join(dir, "config"), "entralogin kubeconfig add"), test.want)
		})
	}
}
