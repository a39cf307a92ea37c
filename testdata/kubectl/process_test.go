//go:build unix

package main

import (
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// shown is the last line of a prompt.
const shown = "Continue only if you started this yourself, just now."

// end is how soon everything has to be over when kubectl or the person has gone.
const end = 2 * time.Second

// Kubectl leaves its plugin behind when it is killed. The plugin sees that and ends.
func TestKubectlKilled(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t)
				r := h.start(k, "get", "namespaces")
				r.stderr.await(t, shown)
				start := time.Now()
				if err := r.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				r.cmd.Wait() // for the end of the pipe, too, which the plugin holds open
				if took := time.Since(start); took > end {
					t.Errorf("the plugin lived on for %v:\n%s", took, r.stderr.String())
				}
				h.gone(start)
				h.requests(1, -1)
			})
		})
	}
}

// gone checks that no run of the plugin is left in time, by its process ID. One that waits to be reaped by
// init, which not every container does, takes signals still.
func (h *home) gone(start time.Time) {
	h.t.Helper()
	for process := range h.runs() {
		pid, err := strconv.Atoi(process)
		if err != nil {
			h.t.Fatal(err)
		}
		for syscall.Kill(pid, 0) == nil {
			stat, _ := os.ReadFile("/proc/" + process + "/stat")
			if strings.Contains(string(stat), ") Z ") {
				break
			}
			if time.Since(start) > end {
				h.t.Fatalf("process %s is still there: %s", process, stat)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// Kubectls that start at the same time have one person asked once.
func TestManyAtOnce(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		runs := make([]*run, 10)
		for i := range runs {
			runs[i] = h.start(k, "get", "--raw", "/version")
		}
		for _, r := range runs {
			r.stderr.await(t, shown)
		}
		h.approve()
		codes := map[string]bool{}
		for _, r := range runs {
			stdout, stderr := h.succeeded(r)
			contains(t, stdout, "entrasim")
			_, code, _ := strings.Cut(stderr, "enter the code ")
			code, _, _ = strings.Cut(code, " ")
			codes[code] = true
		}
		if len(codes) != 1 {
			t.Errorf("different codes were shown: %v", codes)
		}
		h.requests(1, -1)
	})
}

// terminal starts a kubectl in a terminal of its own. What it shows ends when the last process that has it
// open has gone.
func (h *home) terminal(k kubectl, args ...string) (keyboard io.Writer, screen *text, over <-chan error) {
	h.t.Helper()
	cmd := h.command(k, args...)
	cmd.Env = append(cmd.Env, "TERM=xterm")
	f, err := pty.Start(cmd)
	if err != nil {
		h.t.Fatal(err)
	}
	screen = new(text)
	done := make(chan error, 1)
	go func() {
		io.Copy(screen, f) // to the end, which some systems report as an error
		f.Close()
		done <- cmd.Wait()
	}()
	return f, screen, done
}

// In a terminal the prompt appears on it, and the answer below.
func TestTerminal(t *testing.T) {
	for mode, interactive := range map[string]string{"Always": "true", "IfAvailable": "true", "Never": "false"} {
		t.Run(mode, func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t, func(u *user) { u.InteractiveMode = mode })
				_, screen, over := h.terminal(k, "get", "namespaces")
				screen.await(t, shown)
				h.approve()
				if err := <-over; err != nil {
					t.Fatalf("kubectl: %v\n%s", err, screen.String())
				}
				contains(t, screen.String(), "NAME", "default ")
				if n := prompts(screen.String()); n != 1 {
					t.Errorf("%d prompts:\n%s", n, screen.String())
				}
				for _, passed := range h.runs() {
					contains(t, passed, `"interactive":`+interactive)
				}
				h.requests(1, -1)
			})
		})
	}
}

// Ctrl-C at the prompt ends kubectl and its plugin, and the next command does not ask again at once.
func TestInterrupted(t *testing.T) {
	eachKubectl(t, func(t *testing.T, k kubectl) {
		h := newHome(t)
		keyboard, screen, over := h.terminal(k, "get", "namespaces")
		screen.await(t, shown)
		start := time.Now()
		if _, err := keyboard.Write([]byte{3}); err != nil {
			t.Fatal(err)
		}
		if err := <-over; err == nil {
			t.Errorf("kubectl succeeded")
		}
		if took := time.Since(start); took > end {
			t.Errorf("took %v", took)
		}
		h.gone(start)
		h.sim.AutoApprove(entratest.Alice, 0)
		contains(t, h.fail(k, "get", "namespaces"), "cancelled", `"entralogin login" starts a new sign-in`)
		h.requests(1, -1)
	})
}
