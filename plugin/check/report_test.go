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
	if err := r.WriteTable(&out, 0); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "TOPIC  LEVEL    FINDING\nfiles  failure  a b\n                What to do: mend it\nentry  ok       good\n" {
		t.Errorf("got\n%s", got)
	}
}

func TestReportInATerminal(t *testing.T) {
	var out bytes.Buffer
	r := Report{Findings: []Finding{files.Warn("one two three four five six seven").Or("entralogin login --tenant-id contoso.example")}}
	if err := r.WriteTable(&out, 40); err != nil {
		t.Fatal(err)
	}
	const want = "TOPIC  LEVEL    FINDING\nfiles  warning  one two three four five\n                six seven\n" +
		"                What to do: entralogin login --tenant-id contoso.example\n"
	if out.String() != want {
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
