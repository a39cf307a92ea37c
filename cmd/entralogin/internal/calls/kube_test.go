package calls

import (
	"slices"
	"strings"
	"testing"
)

func TestGetTokenFirst(t *testing.T) {
	for args, want := range map[string]string{
		"-v 5 get-token --server-id s":        "get-token -v 5 --server-id s",
		"-v get-token":                        "get-token -v",
		"--account get-token -v=5 get-token":  "get-token --account get-token -v=5",
		"-t a --login devicecode get-token x": "get-token -t a --login devicecode x",
		"get-token -v5 -t a":                  "get-token -v=5 -t a",
		"-v10 get-token":                      "get-token -v=10",
		// what is not that call stays as it is
		"":                       "",
		"get-token -v 5":         "get-token -v 5",
		"logout -v5":             "logout -v5",
		"get-token -v -verbose":  "get-token -v -verbose",
		"-v 5":                   "-v 5",
		"--account get-token":    "--account get-token",
		"-v 5 logout get-token":  "-v 5 logout get-token",
		"-v 5 6 get-token":       "-v 5 6 get-token",
		"-v five get-token":      "-v five get-token",
		"5 get-token":            "5 get-token",
		"--unknown 5 get-token":  "--unknown 5 get-token",
		"--help get-token":       "--help get-token",
		"kubeconfig get-token":   "kubeconfig get-token",
		"--account x login -v 5": "--account x login -v 5",
	} {
		if got := strings.Join(GetTokenFirst(strings.Fields(args)), " "); got != want {
			t.Errorf("%q became %q, not %q", args, got, want)
		}
	}
	args := []string{"-v", "5", "get-token"}
	if GetTokenFirst(args); !slices.Equal(args, []string{"-v", "5", "get-token"}) {
		t.Errorf("the arguments themselves were changed: %v", args)
	}
}
