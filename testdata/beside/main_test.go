//go:build unix

// Package beside holds the test of entralogin run as az beside the Azure CLI itself: one table of commands, run on both
// against the simulator. $AZ names the Azure CLI, else it is /usr/bin/az (Debian: azure-cli, version 2.45). Where it
// is missing the test fails.
package beside

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin holds the programs entralogin and az, which is a link to it.
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
		if err := errors.Join(build(), os.Symlink("entralogin", filepath.Join(bin, "az"))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func build() error {
	cmd := exec.Command("go", "build", "-o", filepath.Join(bin, "entralogin"), "./cmd/entralogin")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}
