package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// mostAtRest is what an agent may have in memory of its own while nobody asks, in KiB.
const mostAtRest = 12 << 10

// TestAgentRests has an agent serve, and looks at what it costs when nobody asks any more. REST_SECONDS says for how long
// its wake-ups are counted, which takes a machine on which nobody asks it: none without that variable.
func TestAgentRests(t *testing.T) {
	t.Parallel()
	h := newLaptop(t)
	h.signedIn()
	served := h.start(built(t), "agent")
	h.awaits(served, "the agent listens at", 2)
	there := h.elsewhere()
	for range 20 {
		there.does(0, getToken()...)
	}
	h.does(0, "agent", "log")
	pid := served.cmd.Process.Pid
	if !until(func() bool { return anonymous(t, pid) <= mostAtRest }) {
		t.Errorf("the agent keeps %d KiB", anonymous(t, pid))
	}
	t.Logf("%d KiB of its own", anonymous(t, pid))
	seconds, _ := strconv.Atoi(os.Getenv("REST_SECONDS"))
	if seconds == 0 {
		return
	}
	time.Sleep(5 * time.Second) // until the collector is asleep
	for range 3 {
		before := switches(t, pid)
		time.Sleep(time.Duration(seconds) * time.Second)
		after := switches(t, pid)
		t.Logf("wake-ups in %d s: %d; %d KiB of its own", seconds, after-before, anonymous(t, pid))
		if most := 1 + seconds/60; after-before > most { // of the monitor of Go's runtime
			t.Errorf("%d wake-ups in %d s", after-before, seconds)
		}
	}
}

// anonymous is the memory of a process that no file has, in KiB: proc_pid_status(5), RssAnon.
func anonymous(t *testing.T, pid int) int {
	t.Helper()
	return status(t, filepath.Join("/proc", strconv.Itoa(pid), "status"), "RssAnon")
}

// switches is how often the threads of a process have waited for something.
func switches(t *testing.T, pid int) int {
	t.Helper()
	threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task/*/status"))
	if err != nil || len(threads) == 0 {
		t.Fatalf("no threads: %v", err)
	}
	n := 0
	for _, path := range threads {
		n += status(t, path, "voluntary_ctxt_switches")
	}
	return n
}

// status is a number that a file of proc_pid_status(5) has under a name.
func status(t *testing.T, path, name string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s has no %s", path, name)
	}
	n, _ := strconv.Atoi(string(found[1]))
	return n
}
