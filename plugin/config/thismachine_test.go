package config

import (
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/entralogin/entralogin/cache/route"
)

// A token of one machine's identity is no other's, and neither is one of another service beside the same machine; and a
// route to it is believed on this machine alone.
func TestThisMachine(t *testing.T) {
	file := t.TempDir() + "/token"
	trace := route.NewTrace(os.LookupEnv)
	name := func(env ...string) string {
		return Source{Trace: trace, Getenv: func(name string) string {
			if slices.Contains(env, name) {
				return "http://localhost/"
			}
			return ""
		}}.thisMachine()
	}
	own := name()
	names := map[string]bool{own: true}
	for _, variable := range managedPlaces() {
		names[name(variable)] = true
	}
	if len(names) != 1+len(managedPlaces()) || name() != own || name("IDENTITY_HEADER") != own {
		t.Errorf("%v", names)
	}
	trace.File(file)
	_, files, ok := trace.Seen(file)
	if ok != (runtime.GOOS == "linux") {
		t.Errorf("a route is believed: %v", ok)
	}
	for _, path := range []string{"/etc/machine-id", "/etc/hostname", "/proc"} {
		if !slices.ContainsFunc(files, func(f route.File) bool { return f.Path == path }) {
			t.Errorf("%s is not in the trace", path)
		}
	}
}
