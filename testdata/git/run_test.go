//go:build unix

package git

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// limit is how long a git may take. None comes near it unless it hangs.
const limit = 90 * time.Second

// command is a git.
func (w *world) command(args ...string) *exec.Cmd { return w.program(w.git.path, args...) }

// program is a program with nothing of the test's own environment. All that it writes stays in the home.
func (w *world) program(path string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	w.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir = w.dir
	cmd.Env = append([]string{
		"HOME=" + w.dir, "TMPDIR=" + w.dir, "PATH=" + filepath.Dir(w.git.path) + ":" + os.Getenv("PATH"),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_SSL_CAINFO=" + w.path("devops.pem"), "SSL_CERT_FILE=" + w.path("devops.pem"),
		"https_proxy=" + w.devops.ProxyURL, "HTTPS_PROXY=" + w.devops.ProxyURL, "no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1", "CI=",
	}, w.env...)
	return cmd
}

// A run is a git that was started.
type run struct {
	cmd            *exec.Cmd
	stdout, stderr text
}

// start starts a git. Its standard error is a pipe, which the helper inherits: the run is over when both have ended.
func (w *world) start(args ...string) *run {
	w.Helper()
	r := &run{cmd: w.command(args...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	return r
}

// succeed runs a git that has to succeed and returns what it wrote.
func (w *world) succeed(args ...string) (stdout, stderr string) {
	w.Helper()
	return w.succeeded(w.start(args...))
}

func (w *world) succeeded(r *run) (stdout, stderr string) {
	w.Helper()
	if err := r.cmd.Wait(); err != nil {
		w.Fatalf("%q: %v\n%s\n%v", r.cmd.Args[1:], err, r.stderr.String(), w.requests())
	}
	return r.stdout.String(), r.stderr.String()
}

// silent runs a git that has to succeed without asking anybody.
func (w *world) silent(args ...string) {
	w.Helper()
	codes := w.sim.Requests("devicecode")
	if _, stderr := w.succeed(args...); prompts(stderr) != 0 || w.sim.Requests("devicecode") != codes {
		w.Errorf("%q asked somebody:\n%s", args, stderr)
	}
}

// fail runs a git that has to fail by itself, and returns its standard error.
func (w *world) fail(args ...string) string {
	w.Helper()
	r := w.start(args...)
	err := r.cmd.Wait()
	if err == nil || !r.cmd.ProcessState.Exited() {
		w.Fatalf("%q did not fail by itself: %v\n%s", args, err, r.stderr.String())
	}
	return r.stderr.String()
}

// clone clones the application, with Carol at hand.
func (w *world) clone(name string) {
	w.Helper()
	w.sim.AutoApprove(entratest.Carol, 0)
	w.succeed("clone", app, name)
}

// A text is what a program has written so far.
type text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (x *text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.Write(b)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.String()
}

// await waits until a part was written.
func (x *text) await(t *testing.T, part string) {
	t.Helper()
	for end := time.Now().Add(limit); !strings.Contains(x.String(), part); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q did not come:\n%s", part, x.String())
		}
	}
}
