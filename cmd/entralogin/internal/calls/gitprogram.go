package calls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/remedy"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/git/gitcheck"
	"github.com/entralogin/entralogin/plugin/text"
)

// GitError is what git would not do.
type GitError struct {
	Call []string
	What string // one clean line
	Err  error  // of package exec

	said string // all that git said
}

func (e *GitError) Error() string { return fmt.Sprintf("%s: %s", remedy.Line(e.Call...), e.What) }
func (e *GitError) Unwrap() error { return e.Err }

// Distrusts reports whether git refused the repository because it belongs to another user. It names the setting
// that allows it, in all languages: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
func (e *GitError) Distrusts() bool { return strings.Contains(e.said, "safe.directory") }

// AskingNobody is the environment, with more, of a program that is asked about itself. It may be a wrapper that does
// more than that: an entralogin that it runs asks nobody.
func AskingNobody(more ...string) []string {
	return append(append(os.Environ(), config.Variable(config.Prompt)+"="+"never"), more...)
}

// RunGit runs git and returns what it prints, within 10 seconds. Errors: *GitError.
func RunGit(ctx context.Context, args ...string) (string, error) {
	return runGit(ctx, "git", args...)
}

// runGit runs the git at a path.
func runGit(ctx context.Context, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	call := append([]string{"git"}, args...)
	var out, said bytes.Buffer
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = AskingNobody()
	cmd.Stdout, cmd.Stderr = &out, &said
	cmd.WaitDelay = time.Second // for a wrapper whose child keeps the pipe open
	if err := cmd.Run(); err != nil {
		what := text.Short(text.HideUsers(strings.TrimSpace(said.String())), 200)
		switch {
		case errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist):
			what = "git is not on the PATH"
		case what == "":
			what = err.Error()
		}
		return "", &GitError{call, what, err, said.String()}
	}
	return out.String(), nil
}

// RunGitConfig runs "git config" and returns what it prints. Errors: *GitError.
func RunGitConfig(ctx context.Context, args ...string) (string, error) {
	return RunGit(ctx, append([]string{"config"}, args...)...)
}

// GitValues returns what "git config" finds, value by value; none if it finds nothing. Errors: *GitError.
func GitValues(ctx context.Context, args ...string) ([]string, error) {
	out, err := RunGitConfig(ctx, append([]string{"--null"}, args...)...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 { // https://git-scm.com/docs/git-config#_description
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values := strings.Split(out, "\x00")
	return values[:len(values)-1], nil
}

// GitForbids says why git's own settings forbid a prompt, "" if they don't. The variables are looked at for
// all commands.
// https://git-scm.com/docs/git-config#Documentation/git-config.txt-credentialinteractive
func GitForbids(ctx context.Context) string {
	values, err := GitValues(ctx, "--get-all", "credential.interactive")
	if err != nil || len(values) == 0 {
		return "" // where git itself can't be asked, it said nothing against it
	}
	if slices.Contains([]string{"false", "never", "no", "off", "0"}, strings.ToLower(values[len(values)-1])) {
		return "credential.interactive forbids it"
	}
	return ""
}

// LosesBearer reports whether the git that asks takes a bearer token and loses it on the way. It is the git
// on the PATH: git puts its own programs in front there. One that can't be asked is a new one.
func (g Git) LosesBearer(ctx context.Context, f *cli.Factory, st *cache.Store) bool {
	if !g.Input.Offers("authtype") {
		return false
	}
	version, known := g.version(ctx, f, st)
	return known && !version.Bearer()
}

// version is the version of the git on the PATH. As a rule this very git was asked before: to run it takes longer than
// all the rest of a call.
func (g Git) version(ctx context.Context, f *cli.Factory, st *cache.Store) (v gitcheck.Version, known bool) {
	path := "git"
	found, ok := cache.FindProgram(path, f.Getenv("PATH"))
	for _, passed := range append(found.Passed, found.Path) {
		f.Trace.File(passed)
	}
	if ok {
		path = found.Path
		if said, ok := st.GitVersion(found.Program); ok {
			return gitcheck.ParseVersion(said)
		}
	}
	f.Trace.Spoil()
	if g.BeforeWait != nil {
		var done func()
		ctx, done = g.BeforeWait(ctx)
		defer done()
	}
	out, err := runGit(ctx, path, "version")
	if err != nil {
		return gitcheck.Version{}, false
	}
	if v, known = gitcheck.ParseVersion(out); known && ok {
		st.KeepGitVersion(found.Program, out)
	}
	return v, known
}
