package cli

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	changed := []debug.BuildSetting{{Key: "vcs.modified", Value: "true"}}
	for _, c := range []struct {
		stamped string
		info    debug.BuildInfo
		want    string
	}{
		{"", debug.BuildInfo{}, "(devel)"},
		{"", debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, "v1.2.3"},
		{"", debug.BuildInfo{Main: debug.Module{Version: "v1.2.3+dirty"}, Settings: changed}, "v1.2.3+dirty"},
		{"v1.2.4", debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: changed}, "v1.2.4+dirty"},
	} {
		if got := versionOf(c.stamped, &c.info).Release; got != c.want {
			t.Errorf("%q %+v: %s, want %s", c.stamped, c.info, got, c.want)
		}
	}
}
