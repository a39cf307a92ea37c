package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/entralogin/entralogin/plugin/check"
)

// findingRow is a Finding as -o json shows it. The names are part of the command's interface, and so are
// the topics, levels and classes; the words are not.
type findingRow struct {
	Topic  check.Topic `json:"topic"`
	Level  check.Level `json:"level"`
	Class  check.Class `json:"class,omitempty"`
	About  string      `json:"about,omitempty"`
	What   string      `json:"what"`
	Remedy string      `json:"remedy,omitempty"`
}

// findingsReport is what every check shows with -o json.
type findingsReport struct {
	ExitCode int          `json:"exitCode"`
	Findings []findingRow `json:"findings"`
}

func (a *app) reportOf(found []check.Finding, caller string) findingsReport {
	report := findingsReport{Findings: []findingRow{}}
	if err := failuresOf(found, caller); err != nil {
		report.ExitCode = a.explainFailure(err).code
	}
	for _, f := range found {
		report.Findings = append(report.Findings, findingRow(f))
	}
	return report
}

// writeReport writes a report, or the table of found for a person.
func (a *app) writeReport(format string, report any, found []check.Finding) error {
	var out bytes.Buffer
	var err error
	if format == "json" {
		encoder := json.NewEncoder(&out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(report)
	} else {
		err = writeFindings(&out, found)
	}
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(out.Bytes())
	return outputError(err)
}

func writeFindings(out io.Writer, found []check.Finding) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "TOPIC\tLEVEL\tFINDING")
	for _, f := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Topic, f.Level, f.What)
		if f.Remedy != "" {
			fmt.Fprintf(table, "\t\tWhat to do: %s\n", f.Remedy)
		}
	}
	return table.Flush()
}

// failuresError says that a check found failures. The first one counts.
type failuresError struct {
	caller string // who will not get through
	first  check.Finding
	count  int
}

func (e *failuresError) Error() string {
	if e.count == 1 {
		return e.caller + " will not get through: " + e.first.What
	}
	return fmt.Sprintf("%s will not get through for %d reasons, first of all: %s", e.caller, e.count, e.first.What)
}

// failuresOf is a *failuresError, nil if nothing failed.
func failuresOf(found []check.Finding, caller string) error {
	e := &failuresError{caller: caller}
	for _, f := range found {
		if f.Level != check.Failure {
			continue
		}
		if e.count++; e.count == 1 {
			e.first = f
		}
	}
	if e.count == 0 {
		return nil
	}
	return e
}

// findingOf makes a finding of an error that the caller would end with.
func (a *app) findingOf(topic check.Topic, err error) check.Finding {
	f := a.explainFailure(err)
	class := check.Config
	for c, code := range findingCodes() {
		if code == f.code {
			class = c
		}
	}
	return topic.Fail(class, "%s", strings.TrimSuffix(f.lines[0], ".")).Or("%s", strings.Join(f.lines[1:], " "))
}

// findingCodes are the exit codes of failures.
func findingCodes() map[check.Class]int {
	return map[check.Class]int{check.Config: exitConfig, check.SignIn: exitSignIn, check.Refused: exitRefused,
		check.Network: exitNetwork, check.Answer: exitNonsense, check.Storage: exitStorage}
}
