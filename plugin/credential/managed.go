package credential

import (
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/managed"
)

// managedIdentity signs in as what Azure gives to the machine.
func managedIdentity(c Call) plugin.Source { return c.managed() }

// managed is the source of a managed identity of this machine.
func (c Call) managed() managed.Source {
	return managed.Source{Getenv: c.Getenv, Trace: c.Service.Trace, Explain: c.Explain}
}
