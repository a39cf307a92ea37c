//go:build unix

// The tests of this module hold entralogin, run as az, by libraries and programs that other people made: each is run
// beside it and, as the measure, beside Debian's Azure CLI, which is signed in at the same simulator.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin holds the programs azcli and entralogin, and in its folder as-az the link az to the latter.
var bin string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "entralogin-azcli-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = dir
		as := filepath.Join(dir, "as-az")
		err = errors.Join(build(".", "."), build("../..", "./cmd/entralogin"), os.Mkdir(as, 0o700), os.Symlink("../entralogin", filepath.Join(as, "az")))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func build(folder, pkg string) error {
	cmd := exec.Command("go", "build", "-o", bin+"/", pkg)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", pkg, err, out)
	}
	return nil
}
