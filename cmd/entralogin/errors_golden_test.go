//go:build unix

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// refusalCase is a refusal of the service in the course of a sign-in.
type refusalCase struct {
	name     string // of the golden file
	endpoint string
	fault    entratest.Fault
	code     int // exit code
}

// refusedEarly are the numbers with which the service refuses a code at all. The others come when somebody has
// entered it.
func refusedEarly() []int {
	return []int{50059, 50128, 90002, 90019, 900023, 90013, 50194, 9001023, 90124, 90130, 90038, 700011, 700016, 70001, 7000112, 1000031,
		70002, 7000215, 7000222, 7000218, 70003, 28002, 28003, 70011, 700022, 700023, 50001, 500011}
}

func refusalCases() []refusalCase {
	var cases []refusalCase
	for _, n := range entra.Numbers() {
		c := refusalCase{name: fmt.Sprintf("AADSTS%d", n), endpoint: "token", code: 5,
			fault: entratest.Fault{Error: &entratest.OAuthError{Error: "invalid_grant", AADSTS: n, Description: wordsOf(n)}}}
		if slices.Contains(refusedEarly(), n) {
			c.endpoint, c.fault.Error.Error = "devicecode", "invalid_request"
		}
		if n == 90033 {
			c.endpoint, c.code, c.fault.Error.Error = "devicecode", 6, "temporarily_unavailable"
		}
		cases = append(cases, c)
	}
	several := func(answer map[string]any) { answer["error_codes"] = []int{9, 50079, 50076} }
	for name, f := range map[string]entratest.Fault{
		"AADSTS_unknown":      {Error: &entratest.OAuthError{Error: "invalid_grant", AADSTS: 987654, Description: wordsOf(987654)}},
		"AADSTS_several":      {Error: &entratest.OAuthError{Error: "invalid_grant", AADSTS: 50076, Description: wordsOf(50076)}, Rewrite: several},
		"invalid_grant":       {Error: &entratest.OAuthError{Error: "invalid_grant", Description: "No."}},
		"invalid_grant_bare":  {Status: 400, Body: `{"error":"invalid_grant"}`},
		"unauthorized_client": {Error: &entratest.OAuthError{Error: "unauthorized_client"}},
		"unknown_code":        {Error: &entratest.OAuthError{Error: "no_such_code"}},
	} {
		cases = append(cases, refusalCase{name: name, endpoint: "token", fault: f, code: 5})
	}
	return cases
}

// wordsOf is a description with what no description should have.
func wordsOf(n int) string {
	return fmt.Sprintf("What the service says\r\nof %d to 'alice@contoso.example'.\x1b]0;owned\a\u202e", n)
}

// TestErrorsGolden holds what stands on standard error, whole, after each refusal that the program explains.
// UPDATE_GOLDEN=1 writes the files anew.
func TestErrorsGolden(t *testing.T) {
	t.Parallel()
	cases := refusalCases()
	turns := make(chan struct{}, 32) // most of the time of a case is the pause before the poll
	var wg sync.WaitGroup
	for _, c := range cases {
		h := newHouse(t)
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			h.sim.AutoApprove(entratest.Alice, 0)
			h.sim.Fault(c.endpoint, c.fault)
			r := h.call("entralogin", "get-token", "--server-id", entratest.ServerID)
			if code := r.cmd.ProcessState.ExitCode(); code != c.code || len(r.out.Bytes()) > 0 {
				t.Errorf("%s: exit code %d, not %d; standard output %q", c.name, code, c.code, r.out.Bytes())
			}
			holdManners(t, c.name, string(r.err.Bytes()))
			compareGolden(t, c.name, h.steady(string(r.err.Bytes())))
		})
	}
	wg.Wait()
	noOtherGolden(t, cases)
}

// holdManners holds an explanation to what a person may be shown.
func holdManners(t *testing.T, name, text string) {
	if strings.ContainsFunc(strings.ReplaceAll(text, "\n", ""), unicode.IsControl) || strings.Contains(text, "\u202e") {
		t.Errorf("%s: a control character in %q", name, text)
	}
	for _, never := range []string{"{", "goroutine", "error_description", "Trace ID", "Timestamp"} {
		if strings.Contains(text, never) {
			t.Errorf("%s: %q in %q", name, never, text)
		}
	}
	for _, always := range []string{"turn", "For support: correlation ID", " UTC."} {
		if !strings.Contains(text, always) && name != "invalid_grant_bare" {
			t.Errorf("%s: no %q in %q", name, always, text)
		}
	}
}

// steady takes out of a text what is another on each run.
func (h *house) steady(text string) string {
	text = strings.ReplaceAll(text, h.sim.Host, "login.example")
	for pattern, word := range map[string]string{
		`correlation ID [0-9a-f-]{36}`:                           "correlation ID GUID",
		`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`:                     "TIME",
		`code [A-Z0-9]{6,12} to`:                                 "code CODE to",
		`ends at \d\d:\d\d:\d\d, in \d+ \w+`:                     "ends at TIME, in SPAN",
		`needs a sign-in \(tenant [0-9a-f-]{36}, client [^)]*\)`: "needs a sign-in (tenant TENANT)",
	} {
		text = regexp.MustCompile(pattern).ReplaceAllString(text, word)
	}
	return text
}

func goldenFile(name string) string { return filepath.Join("testdata", "errors", name+".golden") }

func compareGolden(t *testing.T, name, got string) {
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := errors.Join(os.MkdirAll(filepath.Dir(goldenFile(name)), 0o755), os.WriteFile(goldenFile(name), []byte(got), 0o644)); err != nil {
			t.Error(err)
		}
		return
	}
	want, err := os.ReadFile(goldenFile(name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s has no golden file (UPDATE_GOLDEN=1 writes it); standard error is\n%s", name, got)
		return
	}
	if err != nil || got != string(want) {
		t.Errorf("%s: %v; standard error is\n%s\nnot\n%s", name, err, got, want)
	}
}

// noOtherGolden refuses files of refusals that are no more.
func noOtherGolden(t *testing.T, cases []refusalCase) {
	files, err := filepath.Glob(goldenFile("*"))
	if err != nil || len(files) != len(cases) {
		t.Errorf("%d golden files for %d refusals, %v", len(files), len(cases), err)
	}
}
