package main

import (
	"io"
	"strings"
	"testing"
)

// What the demo runs has no terminal: at one, entralogin would show the code there, too, beside its standard error.
func TestDemoChildHasNoTerminal(t *testing.T) {
	stat, _, err := child{name: "cat", path: "/bin/cat", args: []string{"/proc/self/stat"}, stderr: io.Discard, limit: patience}.run(t.Context())
	fields := strings.Fields(stat) // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: pid, comm, state, ppid, pgrp, session
	if err != nil || len(fields) < 6 || fields[5] != fields[0] {
		t.Errorf("it leads no session of its own: %q, %v", stat, err)
	}
}
