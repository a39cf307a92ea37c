//go:build unix

package main

import (
	"cmp"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// A kubectl is one that the tests drive.
type kubectl struct {
	version string // "1.37.2"
	minor   int
	path    string
	from    string // where it is from, for the log
}

// name is that of its tests: "1.37".
func (k kubectl) name() string { return fmt.Sprintf("1.%d", k.minor) }

var (
	// kubectls are those that are built here, the newest and the oldest that Kubernetes supports
	// (https://kubernetes.io/releases/), and beyond these the oldest and the newest that this machine has.
	kubectls []kubectl

	binaries string // the folder with entralogin and the kubectls that are built
)

// builtVariable names the folder to this program where a test has started it again (see entratest.Alone): kubectl takes a
// minute to build.
const builtVariable = "KUBECTL_TEST_BUILT"

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir := os.Getenv(builtVariable)
		if dir == "" {
			var err error
			if dir, err = os.MkdirTemp("", "entralogin-kubectl-"); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			defer os.RemoveAll(dir)
		}
		if err := errors.Join(prepare(dir), os.Setenv(builtVariable, dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if err := flag.Set("test.parallel", "6"); err != nil { // they wait more than they work; -parallel counts more
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		for _, k := range kubectls {
			fmt.Printf("kubectl %s, %s\n", k.version, k.from)
		}
		return m.Run()
	}())
}

// prepare builds the programs into dir and finds the other kubectls.
func prepare(dir string) error {
	binaries = dir
	if err := build("../..", "./cmd/entralogin", "entralogin"); err != nil {
		return err
	}
	for _, module := range []string{".", "../kubectl-oldest"} {
		k, err := buildKubectl(module)
		if err != nil {
			return err
		}
		kubectls = append(kubectls, k)
	}
	kubectls = addInstalled(kubectls, installed())
	return nil
}

// build builds a program of a module.
func build(module, pkg, program string) error {
	if os.Getenv(builtVariable) != "" {
		return nil
	}
	return rig.Build(module, filepath.Join(binaries, program), pkg)
}

// buildKubectl builds the kubectl of a module, whose go.mod names its version: v0.37.2 of k8s.io/kubectl is
// that of Kubernetes 1.37.2.
func buildKubectl(module string) (kubectl, error) {
	program := "kubectl-" + filepath.Base(module)
	if err := build(module, ".", program); err != nil {
		return kubectl{}, err
	}
	k := kubectl{path: filepath.Join(binaries, program), from: "built"}
	info, err := buildinfo.ReadFile(k.path)
	if err != nil {
		return kubectl{}, err
	}
	for _, dep := range info.Deps {
		if dep.Path != "k8s.io/kubectl" {
			continue
		}
		var patch int
		if _, err := fmt.Sscanf(dep.Version, "v0.%d.%d", &k.minor, &patch); err != nil {
			return kubectl{}, fmt.Errorf("k8s.io/kubectl %s: %w", dep.Version, err)
		}
		k.version = fmt.Sprintf("1.%d.%d", k.minor, patch)
		return k, nil
	}
	return kubectl{}, fmt.Errorf("%s is made of no k8s.io/kubectl", program)
}

// addInstalled adds the oldest and the newest that were found, if their minor version is not there yet.
func addInstalled(list, found []kubectl) []kubectl {
	if len(found) == 0 {
		return list
	}
	for _, k := range []kubectl{found[0], found[len(found)-1]} {
		if !slices.ContainsFunc(list, func(other kubectl) bool { return other.minor == k.minor }) {
			list = append(list, k)
		}
	}
	return list
}

// installed returns the kubectls of this machine, oldest first. Beside a cloud SDK's kubectl, which only
// chooses one by the server's version, there are several plain ones: kubectl.1.27 and so on.
func installed() []kubectl {
	var found []kubectl
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path, err := filepath.EvalSymlinks(filepath.Join(dir, "kubectl"))
		if err != nil {
			continue
		}
		beside, err := filepath.Glob(filepath.Join(filepath.Dir(path), "kubectl.1.*"))
		if err != nil {
			continue
		}
		for _, path := range append(beside, path) {
			if k, ok := plain(path); ok {
				found = append(found, k)
			}
		}
	}
	slices.SortFunc(found, func(a, b kubectl) int { return cmp.Compare(a.minor, b.minor) })
	return slices.CompactFunc(found, func(a, b kubectl) bool { return a.minor == b.minor })
}

// plain asks a kubectl for its version. One that hands over to another, and so runs the plugin more
// often, says that it is a dispatcher.
func plain(path string) (kubectl, bool) {
	out, err := exec.Command(path, "version", "--client", "--output", "json").Output()
	var said struct{ ClientVersion struct{ GitVersion string } }
	if err != nil || json.Unmarshal(out, &said) != nil || strings.Contains(string(out), "dispatcher") {
		return kubectl{}, false
	}
	k := kubectl{version: strings.TrimPrefix(said.ClientVersion.GitVersion, "v"), path: path, from: "found on this machine"}
	_, err = fmt.Sscanf(k.version, "1.%d.", &k.minor)
	return k, err == nil
}

// eachKubectl runs a test with every kubectl.
func eachKubectl(t *testing.T, test func(*testing.T, kubectl)) { each(t, kubectls, test) }

func each(t *testing.T, list []kubectl, test func(*testing.T, kubectl)) {
	for _, k := range list {
		t.Run(k.name(), func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}
