package cli

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strings"
)

// version is the release, where a build has no git to read it from: -ldflags "-X
// github.com/entralogin/entralogin/cmd/entralogin/internal/cli.version=v1.2.3". With git, Go takes it from the tag.
var version = ""

// Version is what a program gets of it. The names are part of the command's interface.
type Version struct {
	Release string `json:"version"` // "v1.2.3", with "+dirty" where the tree was none of a commit; "(devel)" if nothing is known
	Commit  string `json:"commit,omitempty"`
	Date    string `json:"date,omitempty"` // of the commit, RFC 3339
	Dirty   bool   `json:"dirty,omitempty"`
	Go      string `json:"goVersion"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// ReadVersion is the version of this program, with what Go has stamped into it.
func ReadVersion() Version {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = new(debug.BuildInfo)
	}
	return versionOf(version, info)
}

func versionOf(stamped string, info *debug.BuildInfo) Version {
	v := Version{Release: cmp.Or(stamped, info.Main.Version, "(devel)"), Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Date = s.Value
		case "vcs.modified":
			v.Dirty = s.Value == "true"
		}
	}
	if v.Dirty && !strings.HasSuffix(v.Release, "+dirty") {
		v.Release += "+dirty"
	}
	return v
}

func (v Version) String() string {
	about := []string{v.Go, v.OS + "/" + v.Arch}
	if v.Commit != "" {
		about = append(about, strings.TrimSpace("commit "+v.Commit+" "+v.Date))
	}
	return "entralogin " + v.Release + " (" + strings.Join(about, ", ") + ")"
}

// DescribeVersion is the version in a line.
func DescribeVersion() string { return ReadVersion().String() }
