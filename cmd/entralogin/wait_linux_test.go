package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// usage is what processes have used since they began: CPU, and how often one of their threads has gone to sleep.
type usage struct {
	cpu    time.Duration
	sleeps float64
}

// usageOf reads proc_pid_schedstat(5) and proc_pid_status(5) of each thread.
func usageOf(t *testing.T, runs ...*run) (u usage) {
	t.Helper()
	for _, r := range runs {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*", r.cmd.Process.Pid))
		if err != nil || len(threads) == 0 {
			t.Fatalf("process %d has ended: %s", r.cmd.Process.Pid, r.err.Bytes())
		}
		for _, thread := range threads {
			ran, errRan := os.ReadFile(filepath.Join(thread, "schedstat"))
			status, err := os.ReadFile(filepath.Join(thread, "status"))
			_, rest, ok := bytes.Cut(status, []byte("\nvoluntary_ctxt_switches:"))
			if err != nil || errRan != nil || !ok {
				t.Fatalf("%v, %v: %s", err, errRan, status)
			}
			nanoseconds, err := strconv.Atoi(strings.Fields(string(ran))[0])
			sleeps, failed := strconv.Atoi(strings.Fields(string(rest))[0])
			if err != nil || failed != nil {
				t.Fatal(err, failed)
			}
			u.cpu += time.Duration(nanoseconds)
			u.sleeps += float64(sleeps)
		}
	}
	return u
}

// Who waits for another one's sign-in sleeps: it looks once a second at most. A look is some sleeps of Go's threads; 25
// looks a second were 200. A busy machine changes nothing of that: it is counted what is done in the time that passes,
// and then that is less.
//
//	ENTRALOGIN_WAITERS=100 go test -run WaitersSleep -v ./cmd/entralogin
func TestWaitersSleep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token := []string{built(t), "get-token", "--server-id", entratest.ServerID}
	asks := h.start(token...)
	asks.prompted(t)
	waiters := make([]*run, large(t, "ENTRALOGIN_WAITERS", 5))
	for i := range waiters {
		waiters[i] = h.start(token...)
	}
	for _, r := range waiters {
		r.prompted(t) // with the code of the first one
	}
	h.polled(10) // they look more often in the beginning
	start, before, holder := time.Now(), usageOf(t, waiters...), usageOf(t, asks)
	h.polled(max(5, len(waiters)/2))
	seconds, after, holderAfter := time.Since(start).Seconds(), usageOf(t, waiters...), usageOf(t, asks)
	each := seconds * float64(len(waiters))
	sleeps := (after.sleeps - before.sleeps) / each
	t.Logf("in a second: a waiter %.0f µs of CPU, %.1f sleeps; who asks %.0f µs", float64((after.cpu-before.cpu).Microseconds())/each, sleeps,
		float64((holderAfter.cpu-holder.cpu).Microseconds())/seconds)
	if sleeps > 12 {
		t.Errorf("a waiter has slept %.1f times a second", sleeps)
	}
}
