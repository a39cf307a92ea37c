// Package diagnose looks at what kubectl and git would do here, for "kubeconfig check", "git check" and "doctor". It
// settles what get-token and git-credential would be asked in the same way as these do, changes nothing and asks
// nobody.
package diagnose

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/failure"
)

// Shown says how a report is shown.
type Shown struct {
	format *cli.Format
	all    *bool
	more   string // the words that show all
}

// ShowFlags adds the flags that say how a report is shown.
func ShowFlags(flags *pflag.FlagSet) Shown {
	return Shown{cli.OutputFlag(flags), flags.Bool("all", false, "show what is fine, too, in the order of the checks"), "--all"}
}

// Problems shows a report as a table of what is wrong. more is the command that shows what is fine, too.
func Problems(more string) Shown {
	format, all := cli.Table, false
	return Shown{&format, &all, more}
}

// Run writes what look finds out for a caller such as "git", and returns the error that the command ends with. of is
// the context of the kubeconfig, nil where none is looked at.
func Run(ctx context.Context, f *cli.Factory, shown Shown, caller string, look func(context.Context) (found []check.Finding, of *string)) error {
	ctx, done := proc.UntilSignal(ctx)
	defer done()
	found, of := look(ctx)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	failed := check.Failures(found, caller)
	report := check.Report{Context: of, Findings: append([]check.Finding{}, found...)}
	for i, one := range report.Findings {
		report.Findings[i].Remedy = f.Err.Typed.Of(one.Remedy)
	}
	if failed != nil {
		report.ExitCode = f.Explain(failed).Code
	}
	if *shown.all {
		shown.more = ""
	}
	err := f.Show(*shown.format, report, func(out *bytes.Buffer) error {
		var plain bytes.Buffer
		err := report.WriteTable(&plain, f.Columns(*shown.format), shown.more)
		out.WriteString(paint(plain.String(), term.StyleOf(f.Out, f.Getenv)))
		return err
	})
	if err != nil {
		return err
	}
	return failed
}

// paint gives the words for levels in a table of findings their colours, and makes its head bold.
func paint(table string, style term.Style) string {
	colours := map[check.Level]func(string) string{check.Failure: style.Red, check.Warning: style.Yellow, check.OK: style.Green}
	var b strings.Builder
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "TOPIC ") {
			line = style.Bold(strings.TrimSuffix(line, "\n")) + "\n"
		}
		first, rest, _ := strings.Cut(line, "  ") // of a table its topic, of a list the level
		for level, colour := range colours {
			at, second := 0, strings.TrimLeft(rest, " ")
			if strings.HasPrefix(second, string(level)+"  ") {
				at = len(line) - len(second)
			} else if first != string(level) {
				continue
			}
			if first != "" {
				line = line[:at] + colour(string(level)) + line[at+len(level):]
			}
			break
		}
		b.WriteString(line)
	}
	return b.String()
}

// FindingOf makes a finding of an error that a call would end with.
func FindingOf(x cli.Explainer, topic check.Topic, err error) check.Finding {
	told := x.Explain(err)
	class := told.Class
	if !slices.Contains([]failure.Class{failure.SignIn, failure.Refused, failure.Network, failure.Answer, failure.Storage}, class) {
		class = failure.Config
	}
	return topic.Fail(class, "%s", strings.TrimSuffix(told.Lines[0], ".")).Or("%s", strings.TrimPrefix(strings.Join(told.Lines[1:], " "), "Your turn: "))
}
