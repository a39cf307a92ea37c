// Package gitcheck looks at git's configuration for a URL and at the host itself, and tells what would happen
// if git ran now. It changes nothing, writes nothing, asks nobody, and does not run git.
//
// Each function looks at one thing and returns findings. How they are shown, and which exit code they make,
// is for the command.
package gitcheck

import (
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// The topics, in the order in which they are looked at.
const (
	Git     check.Topic = "git"
	Remote  check.Topic = "URL"
	Helper  check.Topic = "helper"
	Network check.Topic = "network"
	Tenant  check.Topic = "tenant"
	Server  check.Topic = "server"
)

// name makes what a file or a service calls something fit to be shown.
func name(s string) string { return text.Redact(s, 120) }

// place makes a path fit to be shown.
func place(path string) string { return text.Short(path, 300) }
