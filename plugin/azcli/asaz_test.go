package azcli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

var record = flag.Bool("record", false, "write down what the Azure CLI's own packages answer")

// asAz is a value, what is asked of it, and what the Azure CLI prints.
type asAz struct {
	Value  json.RawMessage `json:"value"`
	Query  *string         `json:"query"`
	Format string          `json:"format"`
	Out    string          `json:"out"`
	Error  string          `json:"error,omitempty"`
}

// ours is what we print for a case, as the script of the Azure CLI's packages says it.
func (c asAz) ours() (out, failed string) {
	style := Style{Format: c.Format}
	if c.Query != nil {
		var err error
		if style.Query, err = ParseQuery(*c.Query); err != nil {
			return "", "parse"
		}
	}
	content, err := style.Write(c.Value)
	if wrong := (*QueryError)(nil); errors.As(err, &wrong) {
		return "", "run"
	} else if err != nil {
		return "", err.Error()
	}
	return string(content), ""
}

// YAML says the same values, in a library's own quotes and lines.
func TestYAML(t *testing.T) {
	content, err := os.ReadFile("testdata/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	for value := range strings.Lines(string(content)) {
		var want, got any
		if json.Unmarshal([]byte(value), &want) != nil || want == nil { // Python's JSON has more
			continue
		}
		out, err := Style{Format: "yaml"}.Write(json.RawMessage(value))
		if err == nil {
			err = yaml.Unmarshal(out, &got)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %s: %v", value, out, err)
		}
	}
}

// cases are each value in each format but YAML, and each query of the value for queries in those that show an order.
func cases(t testing.TB) []asAz {
	t.Helper()
	var all []asAz
	read := func(name string) (lines []string) {
		content, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	}
	for _, value := range read("values.txt") {
		for _, format := range []string{"json", "tsv", "table"} {
			all = append(all, asAz{Value: json.RawMessage(value), Format: format})
		}
	}
	content := strings.Join(read("accounts.json"), "")
	for _, query := range read("queries.txt") {
		for _, format := range []string{"json", "tsv", "table"} {
			all = append(all, asAz{Value: json.RawMessage(content), Query: &query, Format: format})
		}
	}
	return all
}

// What is printed is what the Azure CLI's own packages print, byte for byte: as was written down, and where they are
// installed as they say now.
func TestAsAz(t *testing.T) {
	all := cases(t)
	if !askAz(t, all) {
		content, err := os.ReadFile("testdata/asaz.json")
		if err != nil {
			t.Fatal(err)
		}
		var known []asAz
		if err := json.Unmarshal(content, &known); err != nil || len(known) != len(all) {
			t.Fatalf("%d of %d cases are written down: go test -record where the Azure CLI is installed; %v", len(known), len(all), err)
		}
		for i := range all {
			all[i].Out, all[i].Error = known[i].Out, known[i].Error
		}
	}
	for _, c := range all {
		if out, failed := c.ours(); out != c.Out || failed != c.Error {
			query := "no query"
			if c.Query != nil {
				query = *c.Query
			}
			t.Errorf("%.300s\n%s, %s: got %q\n%s\nwant %q\n%s", c.Value, query, c.Format, failed, out, c.Error, c.Out)
		}
	}
}

// askAz has the Azure CLI's packages answer. ok is false where they are not installed.
func askAz(t *testing.T, all []asAz) (ok bool) {
	t.Helper()
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import knack, jmespath, yaml, tabulate").Run(); err != nil {
		return false
	}
	var in bytes.Buffer
	for _, c := range all {
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(line, '\n'))
	}
	cmd := exec.Command(python, "testdata/asaz.py")
	cmd.Stdin, cmd.Stderr = &in, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for i := range all {
		if !lines.Scan() {
			t.Fatalf("%d answers for %d cases", i, len(all))
		}
		if err := json.Unmarshal(lines.Bytes(), &all[i]); err != nil {
			t.Fatal(err)
		}
	}
	if *record {
		content, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/asaz.json", content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return true
}
