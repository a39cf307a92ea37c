//go:build unix

package apiserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/klog/v2"
)

var (
	binaries string // the folder of the programs

	// programs are what the tests run. Each is built when the first test needs it.
	programs = map[string]func() error{
		"entralogin": build("../..", "./cmd/entralogin", "entralogin"),
		"kubectl":    build("../kubectl", ".", "kubectl"),
		"helm":       build(".", "./helm", "helm"),
	}
)

func build(module, pkg, program string) func() error {
	return sync.OnceValue(func() error {
		cmd := exec.Command("go", "build", "-o", filepath.Join(binaries, program), pkg)
		cmd.Dir = module
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", program, err, out)
		}
		return nil
	})
}

// path is where a program lies, after it was built.
func path(t *testing.T, program string) string {
	t.Helper()
	if err := programs[program](); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(binaries, program)
}

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
		return m.Run()
	}())
}
