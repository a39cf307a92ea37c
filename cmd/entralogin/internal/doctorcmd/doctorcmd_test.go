package doctorcmd

import (
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/check"
)

// Disks that are full, or are those of other machines, are not to be had in a test.
func TestVolumes(t *testing.T) {
	t.Parallel()
	fine := volume{known: true, free: 1 << 30, freeFiles: 1 << 20, allFiles: 1 << 21}
	for name, test := range map[string]struct {
		change func(*volume)
		what   string
	}{
		"fine":        {func(*volume) {}, ""},
		"unknown":     {func(v *volume) { *v = volume{} }, ""},
		"read-only":   {func(v *volume) { v.readOnly = true }, "can't be written"},
		"full":        {func(v *volume) { v.free = 100 << 10 }, "is full: 100 KiB are free"},
		"no files":    {func(v *volume) { v.freeFiles = 3 }, "no room for more files"},
		"no limit":    {func(v *volume) { v.freeFiles, v.allFiles = 0, 0 }, ""},
		"NFS":         {func(v *volume) { v.network = "NFS" }, "network file system (NFS)"},
		"not looked ": {func(v *volume) { v.known, v.network = false, "NFS" }, ""},
	} {
		v := fine
		test.change(&v)
		found := v.check("the folder")
		if test.what == "" && len(found) != 0 || test.what != "" && (len(found) != 1 || found[0].Level != check.Warning || found[0].Remedy == "" || !strings.Contains(found[0].What, test.what)) {
			t.Errorf("%s: found %+v", name, found)
		}
	}
}

// The home folder is ~, and no other folder is.
func TestWithTilde(t *testing.T) {
	for text, want := range map[string]string{
		"/home/al": "~", "/home/al/x is": "~/x is", "(/home/al/x)": "(~/x)", "/home/alice/x": "/home/alice/x", "a /home/al, /home/al.": "a ~, ~.",
		`"/home/al"`: `"~"`, "/srv/home/alp": "/srv/home/alp",
	} {
		if got := withTilde(text, "/home/al"); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
