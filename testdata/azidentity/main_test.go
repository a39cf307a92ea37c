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
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// bin holds the program entralogin, and az and azd, which are links to it.
var bin string

func TestMain(m *testing.M) {
	if how := os.Getenv(asksVariable); how != "" {
		asks(how)
		return
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "entralogin-az-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		bin = dir
		if err := errors.Join(build(), os.Symlink("entralogin", filepath.Join(bin, "az")), os.Symlink("entralogin", filepath.Join(bin, "azd"))); err != nil {
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
