package credential

import (
	"github.com/entralogin/entralogin/plugin"
)

// managedIdentity signs in as what Azure gives to the machine.
func managedIdentity(c Call) plugin.Source {
	return c.managed()
}
