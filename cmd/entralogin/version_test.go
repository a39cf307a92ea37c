package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestVersionOfATag builds the program in a repository of its own: it says its tag, commit and date, and whether the
// tree was another one.
func TestVersionOfATag(t *testing.T) {
	dir := t.TempDir()
	copySources(t, dir)
	const date = "2026-02-03T04:05:06Z"
	foreign := func(setting string) bool {
		return strings.HasPrefix(setting, "GIT_") || strings.HasPrefix(setting, "GOFLAGS=")
	}
	env := append(slices.DeleteFunc(os.Environ(), foreign), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_CONFIG_GLOBAL="+filepath.Join(dir, "none"), "GIT_COMMITTER_DATE="+date, "GIT_AUTHOR_DATE="+date)
	in := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	program := filepath.Join(t.TempDir(), "entralogin.exe")
	build := func() { in("go", "build", "-trimpath", "-buildvcs=true", "-o", program, "./cmd/entralogin") }
	in("git", "init", "-q")
	in("git", "add", ".")
	in("git", "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "-m", "one")
	in("git", "tag", "v0.7.0")
	commit := in("git", "rev-parse", "HEAD")
	build()

	about := runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ", commit " + commit + " " + date + ")"
	for _, arg := range []string{"version", "--version"} {
		if got, want := in(program, arg), "entralogin v0.7.0 ("+about; got != want {
			t.Errorf("%s: %q, want %q", arg, got, want)
		}
	}
	got := map[string]any{}
	if err := json.Unmarshal([]byte(in(program, "version", "-o", "json")), &got); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{"version": "v0.7.0", "commit": commit, "date": date, "goVersion": runtime.Version(), "dirty": nil} {
		if got[field] != want {
			t.Errorf("%s is %v, want %v", field, got[field], want)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "another"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	build()
	if got, want := in(program, "--version"), "entralogin v0.7.0+dirty ("+about; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// copySources copies what the program is built of.
func copySources(t *testing.T, to string) {
	t.Helper()
	root := os.DirFS("../..")
	for _, name := range []string{"go.mod", "go.sum", "cache", "plugin", "cmd/entralogin"} {
		err := fs.WalkDir(root, name, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata/") {
				return err
			}
			content, err := fs.ReadFile(root, path)
			target := filepath.Join(to, filepath.FromSlash(path))
			return errors.Join(err, os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, content, 0o644))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
