package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestBench runs the benchmark, shortened, and on the program of these tests, for a build as for a release
// compiles everything anew: it has to end well, to count the requests that each line is about, and to keep nothing. Its times
// are nobody's business here.
func TestBench(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	var stdout, stderr bytes.Buffer
	b := bench{runs: 2, processes: 5, ready: entralogin(t), folder: temp, stdout: &stdout, stderr: &stderr}
	if err := b.run(t.Context()); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	for what, requests := range map[string]string{
		"warm get-token": "0", "the same, 1,000 tokens": "0", "silent refresh": "1", "5 processes, token expired": "1", "5 processes, nothing stored": "3",
	} {
		found := false
		for line := range strings.Lines(stdout.String()) {
			fields := strings.Fields(line)
			found = found || strings.HasPrefix(line, what) && fields[len(fields)-1] == requests
		}
		if !found {
			t.Errorf("no line %q with %s requests:\n%s", what, requests, stdout.String())
		}
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if code := run(t.Context(), []string{"bench", "--runs", "0"}, &stdout, &stderr); code != 2 {
		t.Errorf("no runs: exit code %d", code)
	}
}
