//go:build unix

// Package beside holds the test of entralogin run as az beside the Azure CLI itself: one table of commands, run on both
// against the simulator. $AZ names the Azure CLI, else it is /usr/bin/az (Debian: azure-cli, version 2.45). Where it
// is missing the test fails.
package beside

import (
	"os"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// bin holds the programs entralogin and az, which is a link to it.
var bin string

func TestMain(m *testing.M) {
	os.Exit(rig.Main("beside", m.Run, func(dir string) error {
		bin = dir
		return rig.Entralogin(dir, "az")
	}))
}
