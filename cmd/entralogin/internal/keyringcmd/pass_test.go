//go:build unix

package keyringcmd

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder of the PATH that depends on where the call is made may be anybody's: a project's, say.
func TestFindNext(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, folder := range []string{"here", "there"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "keyring"), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	here, there := filepath.Join(dir, "here"), filepath.Join(dir, "there")
	for path, want := range map[string]string{
		"here:" + there:                there,
		"":                             "",
		".:here::":                     "",
		here + ":" + there:             here,
		filepath.Join(dir, "nothing"):  "",
		"./here:" + here + ":" + there: here,
	} {
		if want != "" {
			want = filepath.Join(want, "keyring")
		}
		if got := findNext(path, nil); got != want {
			t.Errorf("%q: %q, not %q", path, got, want)
		}
	}
	if got := findNext(here+":"+there, []string{filepath.Join(here, "keyring")}); got != filepath.Join(there, "keyring") {
		t.Errorf("handed on twice: %q", got)
	}
}
