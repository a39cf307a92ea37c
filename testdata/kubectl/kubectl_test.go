//go:build unix

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A kubectl is one that the tests drive.
type kubectl struct {
	name  string // "built", "1.27"
	path  string
	minor int
}

var (
	built kubectl // the kubectl of this folder

	// kubectls are the built one and, of those that this machine has, the oldest and the newest.
	kubectls []kubectl

	binaries string // the folder with entralogin and the built kubectl
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "entralogin-kubectl-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if err := prepare(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// prepare builds both programs into dir and finds the other kubectls.
func prepare(dir string) error {
	binaries = dir
	built = kubectl{"built", filepath.Join(dir, "kubectl"), 37}
	for _, program := range []struct{ module, pkg, file string }{
		{".", ".", "kubectl"},
		{"../..", "./cmd/entralogin", "entralogin"},
	} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(dir, program.file), program.pkg)
		cmd.Dir = program.module
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", program.file, err, out)
		}
	}
	kubectls = []kubectl{built}
	if found := installed(); len(found) > 0 {
		kubectls = slices.Compact([]kubectl{found[0], found[len(found)-1], built})
	}
	return nil
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
	var minor int
	_, err = fmt.Sscanf(said.ClientVersion.GitVersion, "v1.%d.", &minor)
	return kubectl{fmt.Sprintf("1.%d", minor), path, minor}, err == nil
}

// eachKubectl runs a test with every kubectl.
func eachKubectl(t *testing.T, test func(*testing.T, kubectl)) {
	for _, k := range kubectls {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}
