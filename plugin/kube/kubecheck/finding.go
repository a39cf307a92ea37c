// Package kubecheck looks at a kubeconfig, at what is stored and at the cluster itself, and tells what would
// happen if kubectl ran now. It changes nothing, writes nothing and asks nobody.
//
// Each function looks at one thing and returns findings. How they are shown, and which exit code they make,
// is for the command.
package kubecheck

import (
	"fmt"

	"github.com/entralogin/entralogin/plugin"
)

// Level says how bad a Finding is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // it works, or it could not be checked
	Failure Level = "failure" // kubectl will not get through
)

// Class says on whose side a failure is.
type Class string

// The classes.
const (
	Config  Class = "configuration"
	SignIn  Class = "sign-in"
	Refused Class = "refused"
	Network Class = "network"
	Answer  Class = "answer" // it makes no sense, or can't be trusted
	Storage Class = "storage"
)

// Topic says what a Finding is about.
type Topic string

// The topics, in the order in which they are looked at.
const (
	Kubeconfig Topic = "kubeconfig"
	Entry      Topic = "user entry"
	Command    Topic = "command"
	AllowList  Topic = "allow-list"
	Settings   Topic = "settings"
	Token      Topic = "token"
	Server     Topic = "cluster"
	Clock      Topic = "clock"
)

// Finding is one thing that was found. Its text is clean and holds no secret.
type Finding struct {
	Topic  Topic
	Level  Level
	Class  Class // of a failure
	What   string
	Remedy string // what to do, or ""
}

// Or returns f with what to do.
func (f Finding) Or(format string, args ...any) Finding {
	f.Remedy = plugin.Clean(fmt.Sprintf(format, args...))
	return f
}

// Good, Warn, Fail and Unchecked make findings of a topic.
func (t Topic) Good(format string, args ...any) Finding {
	return Finding{Topic: t, Level: OK, What: plugin.Clean(fmt.Sprintf(format, args...))}
}

// Warn makes a Finding that stops nobody.
func (t Topic) Warn(format string, args ...any) Finding {
	f := t.Good(format, args...)
	f.Level = Warning
	return f
}

// Fail makes a Finding that stops kubectl.
func (t Topic) Fail(c Class, format string, args ...any) Finding {
	f := t.Good(format, args...)
	f.Level, f.Class = Failure, c
	return f
}

// Unchecked says what was not looked at, and why.
func (t Topic) Unchecked(format string, args ...any) Finding {
	return t.Warn("not checked: "+format, args...)
}

// place makes a path fit to be shown.
func place(path string) string { return plugin.CleanShort(path, 300) }

// name makes what a file or a service calls something fit to be shown.
func name(s string) string { return plugin.ForeignWords(s, 120) }
