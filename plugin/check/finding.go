// Package check holds what checks have in common: what they find, how bad that is, and whose turn it is.
package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Finding is one thing that a check has found. Its text is clean and holds no secret.
//
// The names in JSON are part of the commands' interface, and so are the topics, levels and classes; the words
// are not.
type Finding struct {
	Topic  Topic         `json:"topic"`
	Level  Level         `json:"level"`
	Class  failure.Class `json:"class,omitempty"` // of a failure
	About  string        `json:"about,omitempty"` // what it is about where a check looks at several of a kind, or ""
	What   string        `json:"what"`
	Remedy string        `json:"remedy,omitempty"` // what to do, or ""

	Fatal bool `json:"-"` // it stops the checks that need the one which has found it
}

// Topic says what a Finding is about. Each check has its own.
type Topic string

// The topics of more than one kind of check.
const (
	Settings Topic = "settings"
	Token    Topic = "token"
	Clock    Topic = "clock"
)

// Level says how bad a Finding is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // it works, or it could not be checked
	Failure Level = "failure" // the caller will not get through
)

// Or returns f with what to do.
func (f Finding) Or(format string, args ...any) Finding {
	f.Remedy = text.Clean(fmt.Sprintf(format, args...))
	return f
}

// Stop returns f as a finding that stops what needs its check.
func (f Finding) Stop() Finding {
	f.Fatal = true
	return f
}

// Possible returns f as one of several reasons of what another finding says.
func (f Finding) Possible() Finding {
	f.What = "possible: " + f.What
	return f
}

// Good, Warn, Fail and Unchecked make findings of a topic.
func (t Topic) Good(format string, args ...any) Finding {
	return Finding{Topic: t, Level: OK, What: text.Clean(fmt.Sprintf(format, args...))}
}

// Warn makes a Finding that stops nobody.
func (t Topic) Warn(format string, args ...any) Finding {
	f := t.Good(format, args...)
	f.Level = Warning
	return f
}

// Notes makes findings of what a caller would say on standard error.
func (t Topic) Notes(said []string) []Finding {
	var found []Finding
	for _, line := range said {
		found = append(found, t.Warn("%s", line))
	}
	return found
}

// Fail makes a Finding that stops the caller.
func (t Topic) Fail(c failure.Class, format string, args ...any) Finding {
	f := t.Good(format, args...)
	f.Level, f.Class = Failure, c
	return f
}

// Unchecked says what was not looked at, and why.
func (t Topic) Unchecked(format string, args ...any) Finding {
	return t.Warn("not checked: "+format, args...)
}

// Some names the first ten of many, and says how many more there are.
func Some(names []string) string {
	shown := strings.Join(names[:min(len(names), 10)], ", ")
	if more := len(names) - 10; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return shown
}

// ClockRemedy mends a clock.
const ClockRemedy = "set this machine's clock by a time server"

// clockSlack is how far two clocks may be apart before it is worth a word.
const clockSlack = time.Minute

// Clocks compares this machine's clock with another one's, such as "the API server's", if that says what it shows.
func Clocks(now, there time.Time, whose string) []Finding {
	f := Clock.Good("this machine's clock and %s agree", whose)
	switch off := now.Sub(there); {
	case there.IsZero():
		return nil
	case off > clockSlack:
		f = Clock.Warn("this machine's clock is %s ahead of %s", text.Span(off), whose).Or(ClockRemedy)
	case off < -clockSlack:
		f = Clock.Warn("this machine's clock is %s behind %s", text.Span(-off), whose).Or(ClockRemedy)
	}
	return []Finding{f}
}
