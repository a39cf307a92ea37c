//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	homes "github.com/entralogin/entralogin/testdata/git/home"
)

// end is how soon everything has to be over when kubectl or the person has gone. It is 2 seconds in truth;
// the rest is for machines that are slow. What goes on asks for 15 minutes.
const end = time.Minute

// Kubectl leaves its plugin behind when it is killed. The plugin sees that and ends, and the next one can
// ask: nothing is locked.
func TestKubectlKilled(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			eachKubectl(t, func(t *testing.T, k kubectl) {
				h := newHome(t)
				r := h.start(k, "get", "namespaces")
				r.stderr.Await(t, limit, homes.Shown)
				h.locked(1)
				start := time.Now()
				if err := r.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				r.cmd.Wait() // for the end of the pipe, too, which the plugin holds open
				took := time.Since(start)
				h.gone(start)
				h.locked(0)
				h.ran(1, 1)
				h.requests(1, -1)
				if took > end {
					t.Errorf("the plugin lived on for %v:\n%s", took, r.stderr.String())
				}
				t.Logf("the plugin ended %v after kubectl", took)
			})
		})
	}
}

// locked checks how many locks are held.
func (h *home) locked(want int) {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, ".cache", "entralogin", "locks", "*"))
	if err != nil || len(files) == 0 {
		h.t.Fatalf("there are no locks: %v", err)
	}
	var held []string
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			h.t.Fatal(err)
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
			held = append(held, file)
		}
		f.Close()
	}
	if len(held) != want {
		h.t.Errorf("%d locks are held, want %d: %v", len(held), want, held)
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
		runs := make([]*run, 20)
		for i := range runs {
			runs[i] = h.start(k, "get", "--raw", "/version")
		}
		for _, r := range runs {
			r.stderr.Await(t, limit, homes.Shown)
		}
		h.approve()
		codes := map[string]bool{}
		for _, r := range runs {
			stdout, stderr := h.succeeded(r)
			contains(t, stdout, "entrasim")
			asked(t, stderr, 1)
			_, code, _ := strings.Cut(stderr, "enter the code ")
			code, _, _ = strings.Cut(code, " ")
			codes[code] = true
		}
		if len(codes) != 1 {
			t.Errorf("different codes were shown: %v", codes)
		}
		h.ran(len(runs), len(runs))
		h.requests(1, -1)
	})
}
