package config

import (
	"fmt"
	"strings"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error is a setting that can't be used.
type Error struct {
	Name   string // of the setting
	Origin string // where it stands: "--tenant-id"; "" where it stands nowhere
	What   string // what is wrong with it, in clean words
	Hint   string // the next step, or ""
	Slip   bool   // it is a flag whose value has not the form of one: the command line is wrong, not the settings

	Unset  bool    // it stands nowhere, and may stand in the config file for all calls
	Place  bool    // a kubeconfig names it, and may if "kubeconfig add" writes its entry anew
	ByHand *ByHand // what a person may have and a cluster not, nil if it is about nothing such
}

// ByHand is a token that no cluster gets.
type ByHand struct {
	Request  plugin.Request
	Resource string
}

func (e *Error) Error() string {
	switch {
	case e.Origin == "":
		return e.Name + " " + e.What
	case e.Slip:
		return e.Origin + " " + e.What
	}
	return fmt.Sprintf("%s (%s) %s", e.Name, e.Origin, e.What)
}

// Class is configuration, or usage for a slip.
func (e *Error) Class() failure.Class {
	if e.Slip {
		return failure.Usage
	}
	return failure.Config
}

// Bad is a value that a setting can't have. An empty value is not shown, and neither is what looks like a secret: it may
// have been put into the wrong place.
func Bad(name, value, origin, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if value != "" {
		what = fmt.Sprintf("is %q, which %s", text.Redact(value, 80), what)
	}
	return &Error{Name: name, Origin: origin, What: what, Slip: strings.HasPrefix(origin, "--")}
}

// Missing is a setting that is nowhere.
func Missing(name, what string) error {
	page := "config"
	if name == TenantID || name == ClientID {
		page = "application" // which says where the IDs are found
	}
	return &Error{Name: name, What: "is not set: " + what, Unset: name == TenantID || name == ClientID,
		Hint: fmt.Sprintf("Give --%s, %s, or %s: in the config file (entralogin help %s).", name, Variable(name), name, page)}
}
