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
// order of the checks. Lines are broken between words to fit a terminal of width columns, 0 meaning none, but for
// commands, which people copy; where a table would be too narrow to read, findings stand below their topics.
func (r Report) WriteTable(out io.Writer, width int, more string) error {
	shown := r.Findings
	if more != "" {
		shown = slices.Concat(r.of(Failure), r.of(Warning))
	}
	table := ""
	if len(shown) > 0 {
		table = tableOf(shown, width)
	}
	_, err := io.WriteString(out, table+strings.Join(text.Fold(r.summary(more), width), "\n")+"\n")
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

func tableOf(findings []Finding, width int) string {
	const levels, least = len("failure"), 24 // columns, and those in which a finding can be read
	rows := [][]string{{"TOPIC", "LEVEL", "FINDING"}}
	topics := len(rows[0][0])
	for _, f := range findings {
		topics = max(topics, len(f.Topic))
	}
	room := width - topics - levels - 4
	if width > 0 && room < least {
		return listOf(findings, width)
	}
	for _, f := range findings {
		for i, line := range f.lines(room) {
			if i == 0 {
				rows = append(rows, []string{string(f.Topic), string(f.Level), line})
				continue
			}
			rows = append(rows, []string{"", "", line})
		}
	}
	return pulled(text.Table(rows, 0), width)
}

// pulled moves what goes on below a finding, and is too long for its column, to the left until it fits, or as far as it
// goes. 0 means any width.
func pulled(table string, width int) string {
	const margin = 2
	var b strings.Builder
	for line := range strings.Lines(table) {
		words := strings.TrimLeft(line, " ")
		if n := text.Width(strings.TrimSuffix(words, "\n")); width > 0 && len(words) < len(line) && len(line)-len(words)+n > width {
			line = strings.Repeat(" ", max(width-n, margin)) + words
		}
		b.WriteString(line)
	}
	return b.String()
}

// listOf is the table for a narrow terminal.
func listOf(findings []Finding, width int) string {
	const margin = "  "
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(string(f.Level) + margin + string(f.Topic) + "\n")
		for _, line := range f.lines(max(width-len(margin), 1)) {
			b.WriteString(margin + line + "\n")
		}
	}
	return b.String()
}

// lines say in width columns, 0 or less meaning any number, what was found and what to do about it.
func (f Finding) lines(width int) []string {
	lines := text.Fold(text.Clean(f.What), width)
	if f.Remedy != "" {
		lines = append(lines, text.Fold("What to do: "+text.Clean(f.Remedy), width)...)
	}
	return lines
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
