package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
)

// OwnPath is the path under which this program can be run for good: that on the PATH, which outlives an
// update, if this very program lies there; else where it lies.
func OwnPath() (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	if found, err := exec.LookPath("entralogin"); err == nil && check.SameFile(found, own) {
		if abs, err := filepath.Abs(found); err == nil {
			own = abs
		}
	}
	return own, nil
}

// IsTemporary reports whether a program was made by "go run" or "go test", which delete it afterwards.
func IsTemporary(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(part string) bool {
		return strings.HasPrefix(part, "go-build")
	})
}
