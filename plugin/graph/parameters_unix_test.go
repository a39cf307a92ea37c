//go:build unix

package graph

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/text"
)

func TestReadParametersOfBadFiles(t *testing.T) {
	dir := t.TempDir()
	place := func(name string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(sample("", "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	huge := place("huge", 0o600)
	if err := os.Truncate(huge, 100<<20); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ file, want string }{
		"not there":             {filepath.Join(dir, "none"), "it can't be opened: no such file"},
		"folder":                {dir, "it is a folder"},
		"FIFO":                  {fifo, "it is not a regular file"},
		"device":                {"/dev/zero", "it is not a regular file"},
		"100 MB":                {huge, "it is larger than 1 MiB"},
		"writable by the group": {place("group", 0o620), "it can be written by others than its owner (mode 0620)"},
		"writable by all":       {place("all", 0o602), "it can be written by others than its owner (mode 0602)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadParameters(test.file)
			var wrong *ParametersError
			var file *text.FileError
			if !errors.As(err, &wrong) || !errors.As(err, &file) || !strings.HasPrefix(err.Error(), test.file+": "+test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := ReadParameters(place("readable by all", 0o644)); err != nil {
		t.Errorf("a file that others can read: %v", err)
	}
}
