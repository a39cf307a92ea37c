package statuscmd

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/diagnose"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// What the next call does besides.
const (
	nextError    = "error"
	nextUnusable = "unusable" // kubectl can't use the context
	nextUnknown  = "unknown"
)

// row is a front end as a person and a program get it. The names are part of the command's interface.
type row struct {
	FrontEnd string    `json:"frontEnd"`
	For      string    `json:"for"`
	Current  bool      `json:"current,omitempty"` // context of the kubeconfig
	Next     string    `json:"next"`              // of plugin.Next, or agent, error, unusable or unknown
	Until    time.Time `json:"until,omitzero"`
	Then     string    `json:"then,omitempty"` // of plugin.Next, once until is over
	Account  string    `json:"account,omitempty"`
	Tenant   string    `json:"tenantId,omitempty"`
	Client   string    `json:"clientId,omitempty"`
	Why      string    `json:"why"`
	Remedy   string    `json:"remedy,omitempty"`

	signIn cache.SignInID // that is needed
}

// rowOf cleans everything.
func rowOf(p diagnose.Prospect) row {
	machine := !p.Request.Person()
	r := row{FrontEnd: p.FrontEnd, For: text.Short(p.For, 200), Current: p.Current, Next: string(p.Next),
		Account: cmp.Or(text.Short(p.Account, 200), plugin.MachineName(p.Request.Key)),
		Tenant:  text.Short(p.Request.Tenant, 200), Client: text.Short(p.Request.Client, 100), Remedy: p.Remedy}
	switch {
	case p.Dead:
		r.Next, r.Why = nextUnusable, p.Found.What
	case p.Found.Level == check.Failure:
		r.Next, r.Why = nextError, p.Found.What
	case p.Found.Level != "":
		r.Next, r.Why = nextUnknown, p.Found.What
	case p.Next == plugin.NextSilent:
		r.Until, r.Then, r.Why = p.Until.UTC().Truncate(time.Second), string(plugin.NextSignIn), "a token of "+r.Account+" is stored"
		if p.Renewable {
			r.Then = string(plugin.NextRenewal)
		}
	case p.Next == plugin.NextRenewal && machine:
		r.Why = "no token of " + plugin.DescribeMachine(p.Request.Key) + " is stored that is fresh; nobody is asked"
	case p.Next == plugin.NextRenewal:
		r.Why = r.Account + " has signed in, and no token is stored that is fresh"
	case p.Next == diagnose.NextAgent:
		r.Why = "the agent at " + p.Agent + " is asked, which may have you asked where it runs"
	case p.Next == plugin.NextSignIn:
		r.signIn = p.Request.SignIn()
		r.Why = text.Clean(p.Err.Error())
		if p.Last.Failed != "" {
			r.Why += fmt.Sprintf("; the last sign-in failed at %s: %s", p.Last.When.Local().Format(time.TimeOnly), text.Short(p.Last.Text, 200))
		}
		if !p.Refused.When.IsZero() {
			r.Why += fmt.Sprintf("; the tenant refused device codes on %s (%s)", p.Refused.When.Local().Format("Jan 2"), text.Short(p.Refused.Why, 80))
		}
		if p.Request.Unattended != "" {
			r.Why += ", and nobody may be asked: " + text.Clean(p.Request.Unattended)
		}
	}
	return r
}

// describe says in few words what the next call does.
func (r row) describe(now time.Time) string {
	switch r.Next {
	case string(plugin.NextSilent):
		until := r.Until.Local()
		layout := "15:04"
		if y, m, d := until.Date(); !time.Date(y, m, d, 0, 0, 0, 0, time.Local).Before(now.Add(12 * time.Hour)) {
			layout = "Jan 2 15:04"
		}
		if r.Then == string(plugin.NextSignIn) {
			return "silent until " + until.Format(layout) + ", then sign-in"
		}
		return "silent until " + until.Format(layout)
	case string(plugin.NextRenewal):
		return "silent, with one request"
	case string(diagnose.NextAgent):
		return "asks an agent"
	case string(plugin.NextSignIn):
		return "asks for a sign-in"
	case nextError:
		return "fails"
	case nextUnusable:
		return "kubectl can't use it"
	}
	return "not known (-v says why)"
}

// longest bounds a name, so that a line fits 80 columns.
const longest = 36

// table writes r for a person.
func (r report) table(f *cli.Factory, format cli.Format) func(*bytes.Buffer) error {
	return func(out *bytes.Buffer) error {
		short, wide := [][]string{{"PROGRAM", "FOR", "NEXT CALL"}}, [][]string{{"PROGRAM", "FOR", "CURRENT", "NEXT CALL", "ACCOUNT", "TENANT", "CLIENT", "WHY"}}
		for _, one := range r.FrontEnds {
			next, current := one.describe(f.Now()), "-"
			if one.Current {
				current = "yes"
			}
			short = append(short, []string{one.FrontEnd, text.Short(one.For, longest), next})
			wide = append(wide, []string{one.FrontEnd, one.For, current, next, cmp.Or(one.Account, "-"), cmp.Or(one.Tenant, "-"), cmp.Or(one.Client, "-"), one.Why})
		}
		if format == cli.Wide {
			short = wide
		}
		if len(r.FrontEnds) > 0 {
			out.WriteString(text.Fit(short, f.Columns(format)))
		}
		for _, n := range r.notes(f.Err.Verbose > 0) {
			fmt.Fprintf(out, "\n%s\n", strings.Join(text.Fold(n.of+":"+n.why, f.Columns(format)), "\n"))
			if n.remedy != "" {
				fmt.Fprintf(out, "  %s\n", strings.Join(n.advice(f.Columns(format)), "\n  "))
			}
		}
		return nil
	}
}

// note is what is to be said of some front ends.
type note struct {
	of, why, remedy string
	signIn          cache.SignInID // zero: it is about something else
}

// advice is the remedy in lines. The command of a sign-in stays whole, however long it is: people copy it.
func (n note) advice(width int) []string {
	if n.signIn != (cache.SignInID{}) {
		return []string{n.remedy}
	}
	if width > 0 {
		width = max(width-len("  "), 1)
	}
	return text.Fold(n.remedy, width)
}

// sentence ends words with a full stop.
func sentence(words string) string {
	if strings.HasSuffix(words, "?") || strings.HasSuffix(words, ".") {
		return words
	}
	return words + "."
}

// notes say what is to be done, and of what goes wrong why: with all of everything. A sign-in is named once: it serves
// all that need the same, whichever of them it is for.
func (r report) notes(all bool) []note {
	var notes []note
	for _, one := range r.FrontEnds {
		own := note{of: fmt.Sprintf("%s (%s)", one.FrontEnd, text.Short(one.For, longest)), remedy: one.Remedy, signIn: one.signIn}
		if failed := one.Next == nextError || one.Next == nextUnusable; failed || all || one.Remedy != "" && one.signIn == (cache.SignInID{}) {
			own.why = " " + sentence(one.Why)
		}
		if own.why == "" && own.remedy == "" {
			continue
		}
		same := func(other note) bool {
			return other.why == own.why && other.signIn == own.signIn && (other.remedy == own.remedy || own.signIn != (cache.SignInID{}))
		}
		if i := slices.IndexFunc(notes, same); i >= 0 {
			notes[i].of += ", " + own.of
			continue
		}
		notes = append(notes, own)
	}
	return notes
}
