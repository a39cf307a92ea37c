package check

import (
	"fmt"
	"io"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Report is what a command shows of its checks. The names in JSON are part of the commands' interface.
type Report struct {
	Context  *string   `json:"context,omitempty"` // of the kubeconfig, nil where none is looked at
	ExitCode int       `json:"exitCode"`
	Findings []Finding `json:"findings"`
}

// WriteTable writes r for a person: what was found, and below each finding what to do about it. A finding is broken
// between words to fit a terminal of width columns, 0 meaning none; a remedy is not, for people copy commands.
func (r Report) WriteTable(out io.Writer, width int) error {
	rows := [][]string{{"TOPIC", "LEVEL", "FINDING"}}
	const levels = len("failure")
	topics := len(rows[0][0])
	for _, f := range r.Findings {
		topics = max(topics, len(f.Topic))
	}
	if width > 0 {
		width = max(width-topics-levels-4, 20)
	}
	for _, f := range r.Findings {
		lines := text.Fold(text.Clean(f.What), width)
		if f.Remedy != "" {
			lines = append(lines, "What to do: "+f.Remedy)
		}
		rows = append(rows, []string{string(f.Topic), string(f.Level), lines[0]})
		for _, line := range lines[1:] {
			rows = append(rows, []string{"", "", line})
		}
	}
	_, err := io.WriteString(out, text.Table(rows, 0))
	return err
}

// Error says that a caller will not get through. Its class is that of the first failure.
type Error struct {
	Caller string // "kubectl"
	First  Finding
	Count  int // of failures
}

func (e *Error) Error() string {
	if e.Count == 1 {
		return e.Caller + " will not get through: " + e.First.What
	}
	return fmt.Sprintf("%s will not get through for %d reasons, first of all: %s", e.Caller, e.Count, e.First.What)
}

// Class is that of the first failure.
func (e *Error) Class() failure.Class { return e.First.Class }

// Failures is an *Error, nil if nothing failed.
func Failures(found []Finding, caller string) error {
	e := &Error{Caller: caller}
	for _, f := range found {
		if f.Level != Failure {
			continue
		}
		if e.Count++; e.Count == 1 {
			e.First = f
		}
	}
	if e.Count == 0 {
		return nil
	}
	return e
}
