package proc

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// OwnPath is the path under which this program can be run for good: that on the PATH, or the link by which kubectl
// has run it, which outlive an update, if this very program lies there; else where it lies.
func OwnPath() (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	names := []string{"entralogin", text.AsPlugin}
	if OwnName() == text.AsPlugin {
		names = []string{"entralogin", os.Args[0], text.AsPlugin}
	}
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil && check.SameFile(found, own) {
			return filepath.Abs(found)
		}
	}
	return own, nil
}

// OwnName is the name under which a shell finds this program.
func OwnName() string {
	if text.ProgramName(os.Args[0]) == text.AsPlugin {
		return text.AsPlugin
	}
	return "entralogin"
}

// IsTemporary reports whether a program was made by "go run" or "go test", which delete it afterwards.
func IsTemporary(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(part string) bool {
		return strings.HasPrefix(part, "go-build")
	})
}
