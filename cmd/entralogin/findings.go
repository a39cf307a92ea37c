package main

import (
	"bytes"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
)

// showFindings writes what was found for a caller such as "git", and is the error that the command ends with. of is
// the context of the kubeconfig, nil where none is looked at.
func (a *app) showFindings(format string, found []check.Finding, caller string, of *string) error {
	failed := check.Failures(found, caller)
	report := check.Report{Context: of, Findings: found}
	if failed != nil {
		report.ExitCode = a.explainFailure(failed).code
	}
	var out bytes.Buffer
	write := report.WriteTable
	if format == "json" {
		write = report.WriteJSON
	}
	if err := write(&out); err != nil {
		return err
	}
	if _, err := a.stdout.Write(out.Bytes()); err != nil {
		return outputError(err)
	}
	return failed
}

// findingOf makes a finding of an error that the caller would end with.
func (a *app) findingOf(topic check.Topic, err error) check.Finding {
	f := a.explainFailure(err)
	class := failure.Config
	for c, code := range findingCodes() {
		if code == f.code {
			class = c
		}
	}
	return topic.Fail(class, "%s", strings.TrimSuffix(f.lines[0], ".")).Or("%s", strings.Join(f.lines[1:], " "))
}

// findingCodes are the exit codes of failures.
func findingCodes() map[failure.Class]int {
	return map[failure.Class]int{failure.Config: exitConfig, failure.SignIn: exitSignIn, failure.Refused: exitRefused,
		failure.Network: exitNetwork, failure.Answer: exitNonsense, failure.Storage: exitStorage}
}
