// Package kubecheck looks at a kubeconfig, at what is stored and at the cluster itself, and tells what would
// happen if kubectl ran now. It changes nothing, writes nothing and asks nobody.
//
// Each function looks at one thing and returns findings. How they are shown, and which exit code they make,
// is for the command.
package kubecheck

import "github.com/entralogin/entralogin/plugin"

// The topics, in the order in which they are looked at.
const (
	Kubeconfig plugin.Topic = "kubeconfig"
	Entry      plugin.Topic = "user entry"
	Command    plugin.Topic = "command"
	AllowList  plugin.Topic = "allow-list"
	Settings   plugin.Topic = "settings"
	Token      plugin.Topic = "token"
	Server     plugin.Topic = "cluster"
	Clock      plugin.Topic = "clock"
)

// place makes a path fit to be shown.
func place(path string) string { return plugin.CleanShort(path, 300) }

// name makes what a file or a service calls something fit to be shown.
func name(s string) string { return plugin.ForeignWords(s, 120) }
