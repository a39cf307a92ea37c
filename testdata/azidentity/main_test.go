//go:build unix

// Package azidentity holds the tests of entralogin run as az and azd, by the Azure SDKs for Go, JavaScript and Python:
// their AzureCLICredential, and a client that uses it, against the simulator's Azure Resource Manager, and, but for
// Python, their AzureDeveloperCLICredential. By the SDKs' credentials for applications and machines it holds the
// simulator's token service and stand-ins for these.
//
// The SDK for JavaScript is looked for in the folder $NODE_MODULES, else in ../azidentity-js/node_modules ("npm ci"
// there makes it); the one for Python by $PYTHON, else /usr/bin/python3 (Debian: python3-azure). Where one is
// missing its tests fail.
package azidentity

import (
	"os"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// bin holds the program entralogin, and az and azd, which are links to it.
var bin string

func TestMain(m *testing.M) {
	if how := os.Getenv(asksVariable); how != "" {
		asks(how)
		return
	}
	os.Exit(rig.Main("az", m.Run, func(dir string) error {
		bin = dir
		return rig.Entralogin(dir, "az", "azd")
	}))
}
