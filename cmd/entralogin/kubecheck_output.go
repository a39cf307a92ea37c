package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
)

// checkReport is what -o json shows. The names are part of the command's interface, and so are the topics,
// levels and classes; the words are not.
type checkReport struct {
	Context  string         `json:"context"`
	ExitCode int            `json:"exitCode"`
	Findings []checkFinding `json:"findings"`
}

type checkFinding struct {
	Topic  kubecheck.Topic `json:"topic"`
	Level  kubecheck.Level `json:"level"`
	Class  kubecheck.Class `json:"class,omitempty"`
	What   string          `json:"what"`
	Remedy string          `json:"remedy,omitempty"`
}

func (c *checkup) write(format string) error {
	var out bytes.Buffer
	if format == "json" {
		report := checkReport{Context: plugin.CleanShort(c.context, 200), Findings: []checkFinding{}}
		if err := c.err(); err != nil {
			report.ExitCode = c.explainFailure(err).code
		}
		for _, f := range c.found {
			report.Findings = append(report.Findings, checkFinding(f))
		}
		encoder := json.NewEncoder(&out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(report); err != nil {
			return err
		}
	} else {
		table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "TOPIC\tLEVEL\tFINDING")
		for _, f := range c.found {
			fmt.Fprintf(table, "%s\t%s\t%s\n", f.Topic, f.Level, f.What)
			if f.Remedy != "" {
				fmt.Fprintf(table, "\t\tWhat to do: %s\n", f.Remedy)
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	_, err := c.stdout.Write(out.Bytes())
	return outputError(err)
}

// findingsError says that a check found failures. The first one counts.
type findingsError struct {
	first kubecheck.Finding
	count int
}

func (e *findingsError) Error() string {
	if e.count == 1 {
		return "kubectl will not get through: " + e.first.What
	}
	return fmt.Sprintf("kubectl will not get through for %d reasons, first of all: %s", e.count, e.first.What)
}

// err is a *findingsError, nil if nothing failed.
func (c *checkup) err() error {
	e := new(findingsError)
	for _, f := range c.found {
		if f.Level != kubecheck.Failure {
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
