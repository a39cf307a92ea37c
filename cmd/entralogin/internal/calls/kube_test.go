package calls

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestCommandFirst(t *testing.T) {
	for given, want := range map[string]string{
		"-v 5 get-token --server-id s":           "get-token -v 5 --server-id s",
		"--v=5 get-token":                        "get-token --v=5",
		"-v=5 --logtostderr get-token -l x":      "get-token -v=5 --logtostderr -l x",
		"--logtostderr=true --v 1 get-token":     "get-token --logtostderr=true --v 1",
		"-v get-token":                           "get-token -v",
		"get-token -v 5":                         "get-token -v 5",
		"-v 5 graph me":                          "-v 5 graph me",
		"-v 5":                                   "-v 5",
		"-v five get-token":                      "-v five get-token",
		"--tenant-id t get-token":                "--tenant-id t get-token",
		"--logtostderr git-credential get-token": "--logtostderr git-credential get-token",
		"":                                       "",
	} {
		if got := CommandFirst(strings.Fields(given)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%q: %q, not %q", given, got, want)
		}
	}
	_, flags, err := ReadKubeArgs(strings.Fields("-v 5 get-token --server-id s"), os.Getenv)
	if err != nil || flags["server-id"] != "s" {
		t.Errorf("%q, %v", flags, err)
	}
}
