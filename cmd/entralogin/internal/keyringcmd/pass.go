package keyringcmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/keyring"
	"github.com/entralogin/entralogin/plugin/text"
)

// passed is a variable with the programs that a call was handed on to, a list like PATH. One of them may run this one, or
// another copy of it, and gets the call no second time.
const passed = "ENTRALOGIN_KEYRING_PASSED"

// mostPassed is how many there may be, whatever becomes of PATH on the way.
const mostPassed = 16

// passOn becomes the next keyring of the PATH. Without one it fails as keyring does where it has no password; more is said
// to a person alone, who has typed something else.
func passOn(f *cli.Factory, args []string) error {
	tried := filepath.SplitList(f.Getenv(passed))
	next := findNext(f.Getenv("PATH"), tried)
	if next == "" || len(tried) >= mostPassed {
		if len(args) > 0 && slices.Contains(args, "get") {
			return nothing()
		}
		return &cli.ExitError{Code: cli.ExitOther, Lines: []string{
			"this keyring is entralogin, which has tokens for the feeds of Azure Artifacts and stores nothing. There is no other keyring on the PATH.",
			`Python's own stores passwords; how the two go together: entralogin help artifacts`}}
	}
	err := become(next, append([]string{next}, args...), environment(os.Environ(), append(tried, next)))
	if exit, ok := err.(*cli.ExitError); ok {
		return exit
	}
	return &cli.ExitError{Code: cli.ExitOther, Lines: []string{"the next keyring of the PATH can't be run: " + text.Short(next, 200) + ": " + text.SystemWords(err)}}
}

// findNext is the first program of a PATH that is named keyring, is not this one, and is none of some others; "" if there is
// none. A relative folder of the PATH may be somebody else's, and does not count.
func findNext(path string, others []string) string {
	own, err := os.Executable()
	if err != nil {
		return ""
	}
	endings := []string{""}
	if runtime.GOOS == "windows" {
		endings = []string{".exe", ".cmd", ".bat"}
	}
	others = append([]string{own}, others...)
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		for _, ending := range endings {
			file, err := exec.LookPath(filepath.Join(dir, keyring.Name+ending))
			if err == nil && !slices.ContainsFunc(others, func(other string) bool { return check.SameFile(file, other) }) {
				return file
			}
		}
	}
	return ""
}

// environment is env with the programs that a call was handed on to.
func environment(env, handed []string) []string {
	env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, passed+"=") })
	return append(env, passed+"="+strings.Join(handed, string(filepath.ListSeparator)))
}
