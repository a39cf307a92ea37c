// Package dockercheck looks at the files of docker and podman for a registry and at the registry itself, and tells what
// would happen if docker ran now. It changes nothing, writes nothing, asks nobody, and runs neither of them.
//
// Each function looks at one thing and returns findings. How they are shown, and which exit code they make, is for the
// command.
package dockercheck

import (
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// The topics, in the order in which they are looked at.
const (
	Registry check.Topic = "registry"
	Files    check.Topic = "files"
	Helper   check.Topic = "helper"
	Server   check.Topic = "server"
)

// name makes what a file or a service calls something fit to be shown.
func name(s string) string { return text.Redact(s, 120) }

// place makes a path fit to be shown.
func place(path string) string { return text.Short(path, 300) }
