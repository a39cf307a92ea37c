// Package kubecheck looks at a kubeconfig, at what is stored and at the cluster itself, and tells what would
// happen if kubectl ran now. It changes nothing, writes nothing and asks nobody.
//
// Each function looks at one thing and returns findings. How they are shown, and which exit code they make,
// is for the command.
package kubecheck

import (
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// The topics, in the order in which they are looked at.
const (
	Kubeconfig check.Topic = "kubeconfig"
	Entry      check.Topic = "user entry"
	Command    check.Topic = "command"
	AllowList  check.Topic = "allow-list"
	Server     check.Topic = "cluster"
)

// place makes a path fit to be shown.
func place(path string) string { return text.Short(path, 300) }

// name makes what a file or a service calls something fit to be shown.
func name(s string) string { return text.Redact(s, 120) }
