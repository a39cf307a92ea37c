//go:build unix

package apiserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"k8s.io/klog/v2"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

var (
	binaries string // the folder of the programs

	// programs are what the tests run. Each is built when the first test needs it.
	programs = map[string]func() error{
		"entralogin":       build("../..", "./cmd/entralogin", "entralogin"),
		"kubectl":          build("../kubectl", ".", "kubectl"),
		"kubectl-oldest":   build("../kubectl-oldest", ".", "kubectl-oldest"),
		"client-go-oldest": build("../client-go-oldest", ".", "client-go-oldest"),
		"helm":             build(".", "./helm", "helm"),
	}
)

func build(module, pkg, program string) func() error {
	return sync.OnceValue(func() error { return rig.Build(module, filepath.Join(binaries, program), pkg) })
}

// path is where a program lies, after it was built if it is one of ours.
func path(t *testing.T, program string) string {
	t.Helper()
	if filepath.IsAbs(program) {
		return program
	}
	if err := programs[program](); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(binaries, program)
}

// allowed is the config file of the person who runs the tests, which allows what the kubeconfigs of homes set.
func allowed() string { return filepath.Join(os.Getenv(configHome), "entralogin", "config.yaml") }

const configHome = "XDG_CONFIG_HOME"

// ownConfig starts the tests anew with a folder of configuration of their own, and without CI: client-go runs in this
// process, and so the person's settings are where the kernel says that its environment has them.
func ownConfig() error {
	const mark = "entralogin-apiserver-config-"
	if strings.HasPrefix(filepath.Base(os.Getenv(configHome)), mark) {
		return nil
	}
	dir, err := os.MkdirTemp("", mark)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Unsetenv("CI")
	}
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, append(os.Environ(), configHome+"="+dir))
}

func TestMain(m *testing.M) {
	if err := ownConfig(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	klog.SetLogger(klog.Logger{}) // which drops everything: a cluster that refuses tokens has much to say
	os.Exit(func() int {
		defer os.RemoveAll(os.Getenv(configHome))
		return rig.Main("apiserver", m.Run, func(dir string) error { binaries = dir; return nil })
	}())
}
