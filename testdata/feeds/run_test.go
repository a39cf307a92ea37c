//go:build unix

package feeds

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// limit is how long a program may take. None comes near it unless it hangs.
const limit = 5 * time.Minute

// program is a program with nothing of the test's own environment. All that it writes stays in the home.
func (w *world) program(path string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	w.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir = w.dir
	ca := w.path("devops.pem")
	cmd.Env = append([]string{
		"HOME=" + w.dir, "TMPDIR=" + w.dir, "CI=", "SSL_CERT_FILE=" + ca,
		"PATH=" + strings.Join([]string{w.path("bin"), filepath.Dir(cargo), filepath.Dir(npms[0]), os.Getenv("PATH")}, ":"),
		"https_proxy=" + w.devops.ProxyURL, "HTTPS_PROXY=" + w.devops.ProxyURL, "no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1",
		"PIP_CERT=" + ca, "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_KEYRING_PROVIDER=subprocess",
		"CARGO_HTTP_CAINFO=" + ca, "GIT_CONFIG_NOSYSTEM=1", "GIT_SSL_CAINFO=" + ca,
		"NODE_EXTRA_CA_CERTS=" + ca, "npm_config_globalconfig=" + w.path("no-npmrc"), "npm_config_update_notifier=false",
		"npm_config_audit=false", "npm_config_fund=false", "npm_config_fetch_retries=0",
		"YARN_CACHE_FOLDER=" + w.path("yarn"), "yarn_cafile=" + ca,
	}, w.env...)
	return cmd
}

// A run is a program that was started.
type run struct {
	cmd            *exec.Cmd
	stdout, stderr text
}

// start starts a program. Its standard error is a pipe, which what it runs inherits: the run is over when all have ended.
func (w *world) start(cmd *exec.Cmd) *run {
	w.Helper()
	r := &run{cmd: cmd}
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		w.Fatal(err)
	}
	return r
}

// succeed runs a program that has to succeed and returns what it wrote.
func (w *world) succeed(cmd *exec.Cmd) (stdout, stderr string) {
	w.Helper()
	return w.succeeded(w.start(cmd))
}

func (w *world) succeeded(r *run) (stdout, stderr string) {
	w.Helper()
	if err := r.cmd.Wait(); err != nil {
		w.Fatalf("%q: %v\n%s%s\n%v", r.cmd.Args, err, r.stdout.String(), r.stderr.String(), w.requests())
	}
	return r.stdout.String(), r.stderr.String()
}

// fail runs a program that has to fail by itself, and returns what it wrote to both.
func (w *world) fail(cmd *exec.Cmd) string {
	w.Helper()
	r := w.start(cmd)
	err := r.cmd.Wait()
	if err == nil || !r.cmd.ProcessState.Exited() {
		w.Fatalf("%q did not fail by itself: %v\n%s%s", r.cmd.Args, err, r.stdout.String(), r.stderr.String())
	}
	return r.stdout.String() + r.stderr.String()
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

// await waits until each of the runs has shown a prompt.
func (w *world) await(runs ...*run) {
	w.Helper()
	for _, r := range runs {
		for end := time.Now().Add(limit); !strings.Contains(r.stderr.String(), shown); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				w.Fatalf("%q showed no prompt:\n%s%s", r.cmd.Args, r.stdout.String(), r.stderr.String())
			}
		}
	}
}
