package home

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Program is a program that is ended after limit. env is its environment, beside that of the home.
func (h *Home) Program(limit time.Duration, env []string, path string, args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	h.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir = h.Dir
	cmd.Env = slices.Concat([]string{
		"HOME=" + h.Dir, "TMPDIR=" + h.Dir, "CI=",
		"https_proxy=" + h.Proxy, "HTTPS_PROXY=" + h.Proxy, "no_proxy=127.0.0.1", "NO_PROXY=127.0.0.1",
	}, env, h.Env)
	return cmd
}

// Run is a program that was started.
type Run struct {
	*exec.Cmd
	Out, Said Text // what it has written so far to standard output, and to standard error
}

// NewRun keeps what a program will write.
func NewRun(cmd *exec.Cmd) *Run {
	r := &Run{Cmd: cmd}
	r.Stdout, r.Stderr = &r.Out, &r.Said
	return r
}

// Begin starts a program. Its standard error is a pipe, which what it runs inherits: the run is over when all have ended.
func (h *Home) Begin(cmd *exec.Cmd) *Run {
	h.Helper()
	r := NewRun(cmd)
	if err := r.Start(); err != nil {
		h.Fatal(err)
	}
	return r
}

// MustSucceed waits for a program that has to succeed, and returns what it wrote.
func (h *Home) MustSucceed(r *Run) (stdout, stderr string) {
	h.Helper()
	if err := r.Wait(); err != nil {
		h.Fatalf("%q: %v\n%s%s\n%s", r.Args, err, r.Out.String(), r.Said.String(), h.Heard())
	}
	return r.Out.String(), r.Said.String()
}

// MustFail waits for a program that has to fail by itself, and returns what it wrote.
func (h *Home) MustFail(r *Run) (stdout, stderr string) {
	h.Helper()
	if err := r.Wait(); err == nil || !r.ProcessState.Exited() {
		h.Fatalf("%q did not fail by itself: %v\n%s%s", r.Args, err, r.Out.String(), r.Said.String())
	}
	return r.Out.String(), r.Said.String()
}

// Text is what programs have written so far.
type Text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (x *Text) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.Write(b)
}

func (x *Text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.buf.String()
}

// Await waits until a part was written, no longer than limit.
func (x *Text) Await(t *testing.T, limit time.Duration, part string) {
	t.Helper()
	for end := time.Now().Add(limit); !strings.Contains(x.String(), part); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q did not come:\n%s", part, x.String())
		}
	}
}
