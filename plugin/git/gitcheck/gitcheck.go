// Package gitcheck looks at git's configuration for a URL and at the host itself, and tells what would happen
// if git ran now. It changes nothing, writes nothing, asks nobody, and does not run git.
//
// Each function looks at one thing and returns findings. How they are shown, and which exit code they make,
// is for the command.
package gitcheck

import "github.com/entralogin/entralogin/plugin"

// The topics, in the order in which they are looked at.
const (
	Git      plugin.Topic = "git"
	Remote   plugin.Topic = "URL"
	Helper   plugin.Topic = "helper"
	Network  plugin.Topic = "network"
	Tenant   plugin.Topic = "tenant"
	Settings plugin.Topic = "settings"
	Token    plugin.Topic = "token"
	Server   plugin.Topic = "server"
	Clock    plugin.Topic = "clock"
)

// name makes what a file or a service calls something fit to be shown.
func name(s string) string { return plugin.ForeignWords(s, 120) }

// place makes a path fit to be shown.
func place(path string) string { return plugin.CleanShort(path, 300) }
