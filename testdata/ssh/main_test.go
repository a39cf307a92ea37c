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
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// programs is the folder with the programs of the hosts: entralogin under its names, and kubectl.
var programs string

func TestMain(m *testing.M) {
	os.Exit(rig.Main("ssh", m.Run, func(dir string) error {
		programs = filepath.Join(dir, "programs")
		return errors.Join(os.Chmod(dir, 0o755), os.Mkdir(programs, 0o755), build(programs))
	}))
}

func build(dir string) error {
	err := rig.Entralogin(dir)
	for _, name := range []string{"git-credential-entralogin", "az"} {
		err = errors.Join(err, os.Link(filepath.Join(dir, "entralogin"), filepath.Join(dir, name)))
	}
	kubectl, missing := exec.LookPath("kubectl")
	if missing != nil {
		return errors.Join(err, rig.Build(filepath.Join("..", "kubectl"), filepath.Join(dir, "kubectl"), "."))
	}
	blob, read := os.ReadFile(kubectl)
	return errors.Join(err, read, os.WriteFile(filepath.Join(dir, "kubectl"), blob, 0o755))
}
