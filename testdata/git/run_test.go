//go:build unix

package git

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// limit is how long a git may take. None comes near it unless it hangs.
const limit = 90 * time.Second

// command is a git.
func (w *world) command(args ...string) *exec.Cmd { return w.program(w.git.path, args...) }

// program is a program in the home.
func (w *world) program(path string, args ...string) *exec.Cmd {
	ca := w.Path("devops.pem")
	return w.Program(limit, []string{"PATH=" + filepath.Dir(w.git.path) + ":" + os.Getenv("PATH"),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_SSL_CAINFO=" + ca, "SSL_CERT_FILE=" + ca}, path, args...)
}

// start starts a git.
func (w *world) start(args ...string) *home.Run {
	w.Helper()
	return w.Begin(w.command(args...))
}

// succeed runs a git that has to succeed and returns what it wrote.
func (w *world) succeed(args ...string) (stdout, stderr string) {
	w.Helper()
	return w.MustSucceed(w.start(args...))
}

// silent runs a git that has to succeed without asking anybody.
func (w *world) silent(args ...string) {
	w.Helper()
	codes := w.Sim.Requests("devicecode")
	if _, stderr := w.succeed(args...); home.Prompts(stderr) != 0 || w.Sim.Requests("devicecode") != codes {
		w.Errorf("%q asked somebody:\n%s", args, stderr)
	}
}

// fail runs a git that has to fail by itself, and returns its standard error.
func (w *world) fail(args ...string) string {
	w.Helper()
	_, stderr := w.MustFail(w.start(args...))
	return stderr
}

// clone clones the application, with Carol at hand.
func (w *world) clone(name string) {
	w.Helper()
	w.Sim.AutoApprove(entratest.Carol, 0)
	w.succeed("clone", app, name)
}
