//go:build unix

package apiserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"k8s.io/klog/v2"
)

// binaries is the folder with entralogin, kubectl and helm.
var binaries string

func TestMain(m *testing.M) {
	klog.SetLogger(klog.Logger{}) // which drops everything: a cluster that refuses tokens has much to say
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "entralogin-apiserver-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binaries = dir
		for _, program := range []struct{ module, pkg, file string }{
			{"../..", "./cmd/entralogin", "entralogin"},
			{"../kubectl", ".", "kubectl"},
			{".", "./helm", "helm"},
		} {
			cmd := exec.Command("go", "build", "-o", filepath.Join(dir, program.file), program.pkg)
			cmd.Dir = program.module
			if out, err := cmd.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "go build %s: %v\n%s", program.file, err, out)
				return 1
			}
		}
		return m.Run()
	}())
}
