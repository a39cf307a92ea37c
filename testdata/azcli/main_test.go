//go:build unix

// The tests of this module hold entralogin, run as az, by libraries and programs that other people made: each is run
// beside it and, as the measure, beside Debian's Azure CLI, which is signed in at the same simulator.
package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// bin holds the programs azcli and entralogin, and in its folder as-az the link az to the latter.
var bin string

func TestMain(m *testing.M) {
	os.Exit(rig.Main("azcli", m.Run, func(dir string) error {
		bin = dir
		as := filepath.Join(dir, "as-az")
		return errors.Join(rig.Build(".", dir+"/", "."), rig.Entralogin(dir), os.Mkdir(as, 0o700), os.Symlink("../entralogin", filepath.Join(as, "az")))
	}))
}
