package keyringcmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/keyring"
	"github.com/entralogin/entralogin/plugin/text"
)

// passed is a variable that says how often a call was handed on. What it is handed to may be a program that runs this one,
// and then gets the call no second time.
const passed = "ENTRALOGIN_KEYRING_PASSED"

// passOn becomes the next keyring of the PATH. Without one it fails as keyring does where it has no password; more is said
// to a person alone, who has typed something else.
func passOn(f *cli.Factory, args []string) error {
	n, err := strconv.Atoi(f.Getenv(passed))
	if err != nil || n < 0 {
		n = 0
	}
	others := findOthers(f.Getenv("PATH"))
	if n >= len(others) {
		if len(args) > 0 && slices.Contains(args, "get") {
			return nothing()
		}
		return &cli.ExitError{Code: cli.ExitOther, Lines: []string{
			"this keyring is entralogin, which has tokens for the feeds of Azure Artifacts and stores nothing. There is no other keyring on the PATH.",
			`Python's own stores passwords; how the two go together: entralogin help artifacts`}}
	}
	err = become(others[n], append([]string{others[n]}, args...), environment(os.Environ(), n+1))
	if exit, ok := err.(*cli.ExitError); ok {
		return exit
	}
	return &cli.ExitError{Code: cli.ExitOther, Lines: []string{"the next keyring of the PATH can't be run: " + text.Short(others[n], 200) + ": " + text.SystemWords(err)}}
}

// findOthers are the programs of a PATH that are named keyring and are not this one, each of them once. A relative folder of
// the PATH may be somebody else's, and does not count.
func findOthers(path string) []string {
	own, err := os.Executable()
	if err != nil {
		return nil
	}
	endings := []string{""}
	if runtime.GOOS == "windows" {
		endings = []string{".exe", ".cmd", ".bat"}
	}
	var others []string
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		for _, ending := range endings {
			file, err := exec.LookPath(filepath.Join(dir, keyring.Name+ending))
			if err == nil && !check.SameFile(file, own) && !slices.ContainsFunc(others, func(other string) bool { return check.SameFile(file, other) }) {
				others = append(others, file)
			}
		}
	}
	return others
}

// environment is env with the count of calls that were handed on.
func environment(env []string, n int) []string {
	env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, passed+"=") })
	return append(env, passed+"="+strconv.Itoa(n))
}
