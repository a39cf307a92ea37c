package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cmd/entrasim/internal/turns"
)

// TestBench runs the benchmark, shortened, and on the program of these tests, for a build as for a release
// compiles everything anew: it has to end well, to count the requests that each line is about, to fill the
// columns, and to keep nothing. Its times are nobody's business here.
func TestBench(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	var stdout, stderr bytes.Buffer
	b := bench{runs: 2, processes: 5, stored: 10, ready: entralogin(t), against: entralogin(t), folder: temp, stdout: &stdout, stderr: &stderr}
	if err := b.run(t.Context()); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	want := []struct {
		what     string
		requests float64
	}{
		{"get-token", 0}, {"git-credential get", 0}, {"get-access-token", 0}, {"the same, as az", 0}, {"get-token, signed", 0}, {"docker get", 0}, {"get-token, agent", 0}, {"get-token, 1,000 kept", 0},
		{"version", 0}, {"cold start", 2}, {"refresh", 1}, {"renew ahead", 0}, {"5 processes, expired", 1}, {"5 processes, nothing", 3},
	}
	if runtime.GOOS == "windows" { // where there is no agent
		want = slices.Delete(want, 6, 7)
	}
	if len(b.results.Rows) != len(want) {
		t.Errorf("%d rows, not %d", len(b.results.Rows), len(want))
	}
	for i, r := range b.results.Rows {
		if r.What == "renew ahead" && r.Requests == 1 {
			want[i].requests = 1 // where PID 1 is one that the program knows
		}
		if r.What != want[i].what || r.Requests != want[i].requests {
			t.Errorf("%q took %v requests, not %+v", r.What, r.Requests, want[i])
		}
		storm := strings.Contains(r.What, "processes")
		for name, c := range map[string]turns.Cost{"ours": r.Ours, "other": r.Other, "empty": r.Empty} {
			if storm && name == "empty" || name == "other" && slices.Contains([]string{"get-token, signed", "docker get", "get-token, agent"}, r.What) {
				continue
			}
			if c.Wall <= 0 || c.CPU <= 0 || !storm && runtime.GOOS == "linux" && (c.Peak <= 0 || c.Faults <= 0) {
				t.Errorf("%q, %s: %+v", r.What, name, c)
			}
		}
		if few := r.Few.Wall > 0; few != (r.What == "get-token, 1,000 kept") {
			t.Errorf("%q is compared with a cache of few: %v", r.What, few)
		}
		if bearer := r.Bearer.Wall > 0; bearer != (r.What == "get-token, signed") {
			t.Errorf("%q is compared with a bearer token: %v", r.What, bearer)
		}
		if token := r.Token.Wall > 0; token != (r.What == "docker get") {
			t.Errorf("%q is compared with get-token: %v", r.What, token)
		}
		if file := r.File.Wall > 0; file != (r.What == "get-token, agent") {
			t.Errorf("%q is compared with a token in a file: %v", r.What, file)
		}
	}
	checkTable(t, stdout.String(), b.results.Rows)
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// checkTable looks for a line of each row, with a figure in each column.
func checkTable(t *testing.T, table string, rows []row) {
	t.Helper()
	for line := range strings.Lines(table) {
		if len(line) > 81 {
			t.Errorf("longer than 80 columns: %s", line)
		}
	}
	rows = slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return r.Other == (turns.Cost{}) }) // of this build alone
	for _, r := range append(rows, row{What: "empty Go program"}) {
		found := false
		for line := range strings.Lines(table) {
			found = found || strings.HasPrefix(line, r.What+" ")
			if strings.HasPrefix(line, r.What+" ") && runtime.GOOS == "linux" && r.Empty.Wall > 0 && strings.Contains(line, " - ") {
				t.Errorf("empty columns: %s", line)
			}
		}
		if !found {
			t.Errorf("no line of %q", r.What)
		}
	}
	for _, line := range []string{"\nget-token, signed, to bearer: wall ", "\nget-token, agent, to file: wall ", "\ndocker get, to get-token: wall "} { // which .ci/run reads
		if !strings.Contains(table, line) {
			t.Errorf("there is no line %q", line)
		}
	}
	if strings.Count(table, "load ") != 2 {
		t.Error("the load is not there twice")
	}
	if t.Failed() {
		t.Log(table)
	}
}

func TestBenchJSON(t *testing.T) {
	var stdout bytes.Buffer
	cost := turns.Cost{Wall: time.Millisecond, CPU: time.Microsecond, Peak: 1, Faults: 2}
	b := bench{asJSON: true, against: "another", stdout: &stdout}
	if err := b.add(row{What: "get-token", Requests: 0.5, Ours: cost, Empty: cost}, cost); err != nil {
		t.Fatal(err)
	}
	if err := b.end(); err != nil {
		t.Fatal(err)
	}
	var got results
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || !reflect.DeepEqual(got, b.results) {
		t.Errorf("%v\n%s", err, stdout.String())
	}
}

func TestBenchUsage(t *testing.T) {
	for _, args := range [][]string{{"--runs", "0"}, {"--processes", "0"}, {"--against", "no such file"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), append([]string{"bench"}, args...), &stdout, &stderr); code != 2 {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}
