//go:build linux

// Package registry holds the tests of `docker-credential-entralogin` with the programs that run credential helpers: the
// docker command, crane, ORAS, Helm, skopeo, buildah and podman. They push to and pull from real registries behind the
// manners of Azure's, from a home in which there is nothing, after one sign-in.
//
// skopeo, buildah and podman are those of the PATH (Debian's packages of these names), and take root to be kept from the
// rest of the machine. The others are built here.
package registry

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// helper is the name of the program in which entralogin is a credential helper.
const helper = "docker-credential-entralogin"

// programs is the folder with the programs that are built here.
var programs string

func TestMain(m *testing.M) {
	os.Exit(rig.Main("registry", m.Run, func(dir string) error {
		programs = dir
		return errors.Join(build(dir), find())
	}))
}

func build(dir string) error {
	const strip = "-ldflags=-s -w"
	return errors.Join(
		rig.Build(filepath.Join("..", ".."), filepath.Join(dir, "entralogin"), "./cmd/entralogin", strip),
		os.Symlink("entralogin", filepath.Join(dir, helper)),
		// Docker's repository has no go.mod, without which it would be compiled as one for Go 1.16.
		rig.Build(".", dir+"/", "tool", strip, "-gcflags=github.com/docker/cli/cmd/docker=-lang=go1.26"),
	)
}

// debian are the programs that are those of the machine.
func debian() []string { return []string{"skopeo", "buildah", "podman"} }

func find() error {
	for _, name := range debian() {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("%w: unpack or install Debian's package %s", err, name)
		}
	}
	return nil
}
