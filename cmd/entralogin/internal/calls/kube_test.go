package calls

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache/route"
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

// No trace is kept of a call that has a secret on its command line, whichever of get-token's flags has it, and by whatever
// name.
func TestSecretFlagsLeaveNoTrace(t *testing.T) {
	names := otherNames()
	_, flags := kubeArgs()
	flags.VisitAll(func(f *pflag.Flag) { names[f.Name] = f.Name })
	secrets := 0
	for name, meaning := range names {
		where := strings.HasSuffix(meaning, "-file") || strings.HasSuffix(meaning, "-keyring")
		secret := !where && (strings.Contains(meaning, "secret") || strings.Contains(meaning, "password") || meaning == "assertion-command")
		for _, args := range [][]string{{"--" + name, "hunter2"}, {"--" + name + "=hunter2"}} {
			q := route.Question{Program: "/bin/entralogin", Args: append([]string{"entralogin", getToken}, args...),
				Lookup: func(name string) (string, bool) { return "/home/a", name == "HOME" }}
			if _, ok := q.Place(); ok == (secret || meaning == "cache-dir") {
				t.Errorf("%q: a trace is kept: %v", args, ok)
			}
		}
		if secret {
			secrets++
		}
	}
	if secrets < 5 {
		t.Errorf("only %d flags with secrets: the test has lost its sense", secrets)
	}
}
