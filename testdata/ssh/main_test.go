//go:build linux

// Package ssh holds the tests of tokens that follow a person over SSH: real ssh and sshd on the loopback interface, and on
// the "hosts" real kubectl, git and az, with a home in which there is nothing.
//
// A host is a machine as far as these programs can tell: its own users, its own processes, its own /tmp, /run, /home and
// /root, and nothing else that can be written to. It takes root to make one. OpenSSH's server is looked for at $SSHD, else
// /usr/sbin/sshd; kubectl on the PATH, and built where it is not there.
package ssh

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// programs is the folder with the programs of the hosts: entralogin under its names, and kubectl.
var programs string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "entralogin-ssh-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		programs = filepath.Join(dir, "programs")
		if err := errors.Join(os.Chmod(dir, 0o755), os.Mkdir(programs, 0o755), build(programs)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func build(dir string) error {
	own := filepath.Join(dir, "entralogin")
	err := goBuild(filepath.Join("..", ".."), own, "./cmd/entralogin")
	for _, name := range []string{"git-credential-entralogin", "az"} {
		err = errors.Join(err, os.Link(own, filepath.Join(dir, name)))
	}
	kubectl, missing := exec.LookPath("kubectl")
	if missing != nil {
		return errors.Join(err, goBuild(filepath.Join("..", "kubectl"), filepath.Join(dir, "kubectl"), "."))
	}
	blob, read := os.ReadFile(kubectl)
	return errors.Join(err, read, os.WriteFile(filepath.Join(dir, "kubectl"), blob, 0o755))
}

func goBuild(dir, out, pkg string) error {
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, said)
	}
	return nil
}
