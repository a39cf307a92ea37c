package check

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Report is what a command shows of its checks. The names in JSON are part of the commands' interface.
type Report struct {
	Context  *string   `json:"context,omitempty"` // of the kubeconfig, nil where none is looked at
	ExitCode int       `json:"exitCode"`
	Findings []Finding `json:"findings"`
}

// WriteTable writes r for a person: what is wrong, failures first, with what to do about it below each, and last how
// many things were looked at. more are the words that show what is fine, too; where they are "" it is everything, in the
// order of the checks. A finding is broken between words to fit a terminal of width columns, 0 meaning none; a remedy is
// not, for people copy commands.
func (r Report) WriteTable(out io.Writer, width int, more string) error {
	shown := r.Findings
	if more != "" {
		shown = slices.Concat(r.of(Failure), r.of(Warning))
	}
	table := ""
	if len(shown) > 0 {
		table = text.Table(rowsOf(shown, width), 0)
	}
	_, err := io.WriteString(out, table+r.summary(more)+"\n")
	return err
}

// of are the findings of a level.
func (r Report) of(level Level) []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Level != level })
}

// summary is the last line: how many things were looked at, and how many of them are as they should be.
func (r Report) summary(more string) string {
	failed, warned, fine := len(r.of(Failure)), len(r.of(Warning)), len(r.of(OK))
	var parts []string
	if failed > 0 {
		parts = append(parts, count(failed, "failure"))
	}
	if warned > 0 {
		parts = append(parts, count(warned, "warning"))
	}
	if parts == nil {
		parts = []string{"nothing to do"}
	} else if fine > 0 {
		parts = append(parts, fmt.Sprintf("%d fine", fine))
	}
	said := count(len(r.Findings), "check") + ": " + strings.Join(parts, ", ")
	if more != "" && fine > 0 {
		said += " (" + more + " shows them)"
	}
	return said + "."
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func rowsOf(findings []Finding, width int) [][]string {
	rows := [][]string{{"TOPIC", "LEVEL", "FINDING"}}
	const levels = len("failure")
	topics := len(rows[0][0])
	for _, f := range findings {
		topics = max(topics, len(f.Topic))
	}
	if width > 0 {
		width = max(width-topics-levels-4, 20)
	}
	for _, f := range findings {
		lines := text.Fold(text.Clean(f.What), width)
		if f.Remedy != "" {
			lines = append(lines, "What to do: "+f.Remedy)
		}
		rows = append(rows, []string{string(f.Topic), string(f.Level), lines[0]})
		for _, line := range lines[1:] {
			rows = append(rows, []string{"", "", line})
		}
	}
	return rows
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
