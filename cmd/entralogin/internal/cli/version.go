package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release. A release build sets it: -ldflags "-X
// github.com/entralogin/entralogin/cmd/entralogin/internal/cli.version=1.2.3".
var version = ""

// Version is what a program gets of it. The names are part of the command's interface.
type Version struct {
	Release string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"goVersion"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// ReadVersion is the version of this program, with the commit where it is known.
func ReadVersion() Version {
	v := Version{Release: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Release = cmp.Or(v.Release, info.Main.Version)
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Commit = s.Value
			}
		}
	}
	v.Release = cmp.Or(v.Release, "(devel)")
	return v
}

func (v Version) String() string {
	commit := ""
	if v.Commit != "" {
		commit = ", commit " + v.Commit
	}
	return fmt.Sprintf("entralogin %s (%s, %s/%s%s)", v.Release, v.Go, v.OS, v.Arch, commit)
}

// DescribeVersion is the version in a line.
func DescribeVersion() string { return ReadVersion().String() }
