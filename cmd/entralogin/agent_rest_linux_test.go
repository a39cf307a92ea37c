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

// restVariable says for how many seconds TestAgentRests counts an agent's wake-ups: "ENTRALOGIN_REST=120 go test ...". Without
// it none are counted.
const restVariable = "ENTRALOGIN_REST"

// TestAgentRests has an agent serve, and looks at what it costs when nobody asks any more: less than 12 MiB of memory, and
// of wake-ups one a minute, by a thread of Go's runtime that looks whether a collection is due (sysmon, in
// https://go.dev/src/runtime/proc.go). Nothing turns that one off.
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
	if seconds := large(t, restVariable, 0); seconds > 0 {
		h.wakes(pid, seconds)
	}
	t.Logf("%d KiB of its own", anonymous(t, pid))
}

// wakes counts the wake-ups of an agent from when it is at rest.
func (h *laptop) wakes(pid, seconds int) {
	h.t.Helper()
	before := switches(h.t, pid)
	if !until(func() bool {
		last := before
		time.Sleep(5 * time.Second) // it rests 3 s after the last request
		before = switches(h.t, pid)
		return before == last
	}) {
		h.t.Fatal("the agent does not come to rest")
	}
	time.Sleep(time.Duration(seconds) * time.Second)
	n := switches(h.t, pid) - before
	h.t.Logf("its threads have waited anew %d times in %d s", n, seconds)
	const each = 2 // for the next look, and before that for 20 microseconds
	if most := each * (1 + seconds/60); n > most {
		h.t.Errorf("the agent has waited anew %d times in %d s, and not %d at the most", n, seconds, most)
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
