package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release. A release build sets it: -ldflags "-X
// github.com/entralogin/entralogin/cmd/entralogin/internal/cli.version=1.2.3".
var version = ""

// DescribeVersion names the release, the commit where it is known, the compiler and the system.
func DescribeVersion() string {
	release, commit := version, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if release == "" {
			release = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = ", commit " + s.Value
			}
		}
	}
	if release == "" {
		release = "(devel)"
	}
	return fmt.Sprintf("entralogin %s (%s, %s/%s%s)", release, runtime.Version(), runtime.GOOS, runtime.GOARCH, commit)
}
