package check

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/entralogin/entralogin/plugin/failure"
)

func TestReport(t *testing.T) {
	named := "prod"
	r := Report{Context: &named, ExitCode: 3, Findings: []Finding{files.Fail(failure.Config, "a b").Or("mend it").Stop(), entry.Good("good")}}
	var out bytes.Buffer
	blob, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"context":"prod","exitCode":3,"findings":[{"topic":"files","level":"failure","class":"configuration","what":"a b","remedy":"mend it"},{"topic":"entry","level":"ok","what":"good"}]}`
	if string(blob) != want {
		t.Errorf("got %s", blob)
	}
	if err := r.WriteTable(&out, 0, ""); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "TOPIC  LEVEL    FINDING\nfiles  failure  a b\n                What to do: mend it\nentry  ok       good\n2 checks: 1 failure, 1 fine.\n" {
		t.Errorf("got\n%s", got)
	}
}

// What is wrong comes first, the failures before the warnings, and what is fine is a number.
func TestReportShowsProblemsFirst(t *testing.T) {
	fine, odd, bad := entry.Good("good"), files.Warn("odd"), entry.Fail(failure.Config, "bad")
	for _, test := range []struct {
		found []Finding
		more  string
		want  string
	}{
		{[]Finding{fine, odd, fine, bad}, "--all", "TOPIC  LEVEL    FINDING\nentry  failure  bad\nfiles  warning  odd\n4 checks: 1 failure, 1 warning, 2 fine (--all shows them).\n"},
		{[]Finding{odd}, "--all", "TOPIC  LEVEL    FINDING\nfiles  warning  odd\n1 check: 1 warning.\n"},
		{[]Finding{fine, fine}, "entralogin doctor --all", "2 checks: nothing to do (entralogin doctor --all shows them).\n"},
		{[]Finding{fine}, "", "TOPIC  LEVEL  FINDING\nentry  ok     good\n1 check: nothing to do.\n"},
	} {
		var out bytes.Buffer
		if err := (Report{Findings: test.found}).WriteTable(&out, 0, test.more); err != nil || out.String() != test.want {
			t.Errorf("got %v\n%s", err, &out)
		}
	}
}

func TestReportInATerminal(t *testing.T) {
	var out bytes.Buffer
	r := Report{Findings: []Finding{files.Warn("one two three four five six seven").Or("entralogin login --tenant-id contoso.example")}}
	if err := r.WriteTable(&out, 40, "--all"); err != nil {
		t.Fatal(err)
	}
	const want = "TOPIC  LEVEL    FINDING\nfiles  warning  one two three four five\n                six seven\n" +
		"                What to do:\n  entralogin login --tenant-id contoso.example\n1 check: 1 warning.\n"
	if out.String() != want {
		t.Errorf("got\n%s", &out)
	}
	out.Reset()
	if err := r.WriteTable(&out, 35, "--all"); err != nil {
		t.Fatal(err)
	}
	const narrow = "warning  files\n  one two three four five six seven\n  What to do:\n  entralogin login --tenant-id contoso.example\n1 check: 1 warning.\n"
	if out.String() != narrow {
		t.Errorf("got\n%s", &out)
	}
}

func TestFailures(t *testing.T) {
	if err := Failures([]Finding{files.Warn("bad"), files.Good("good")}, "git"); err != nil {
		t.Errorf("got %v", err)
	}
	bad := files.Fail(failure.Network, "bad")
	if err := Failures([]Finding{files.Warn("odd"), bad}, "git"); err == nil || err.Error() != "git will not get through: bad" {
		t.Errorf("got %v", err)
	}
	err := Failures([]Finding{bad, files.Fail(failure.Config, "worse")}, "git")
	if e, ok := err.(*Error); !ok || e.First != bad || err.Error() != "git will not get through for 2 reasons, first of all: bad" {
		t.Errorf("got %v", err)
	}
}
