//go:build unix

// Package git holds the tests of `entralogin git-credential` with real git, over HTTPS, against a simulated Azure
// DevOps and a simulated sign-in service.
//
// What git tells its helpers, and takes from them, depends on its version, so each test runs with several: the
// machine's own git, and those of the variable GITS, a list like PATH of git programs. Where none of them is of
// one of the three ages below, the tests fail; `bash debian-git RELEASE DIR` makes one as DIR/bin/git.
package git

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest/rig"
)

// A git is one that the tests drive.
type git struct {
	version string // "2.47.3"
	major   int
	minor   int
	path    string
}

// name is that of its tests: "2.47".
func (g git) name() string { return fmt.Sprintf("%d.%d", g.major, g.minor) }

func (g git) since(major, minor int) bool {
	return g.major > major || g.major == major && g.minor >= minor
}

// age says what this git can do with a token.
func (g git) age() string {
	switch {
	case !g.since(2, 46):
		return "Basic"
	case !g.since(2, 54):
		return "Basic, for its Bearer is flawed"
	}
	return "Bearer"
}

// scheme is how this git signs in. From 2.46 on it takes a Bearer token from a helper, but before 2.54 it leaves it
// out of the request that goes ahead of a large one, such as a push of more than 1 MiB, which then fails:
// https://github.com/git/git/commit/ed0f7a62f7
func (g git) scheme() string {
	scheme, _, _ := strings.Cut(g.age(), ",")
	return scheme
}

var (
	gits       []git
	entralogin string // the program
)

func TestMain(m *testing.M) {
	os.Exit(rig.Main("git", m.Run, func(dir string) error {
		entralogin = filepath.Join(dir, "entralogin")
		return errors.Join(rig.Entralogin(dir), findGits(), findLFS())
	}))
}

// findGits fills gits.
func findGits() error {
	ages := map[string]bool{}
	for _, path := range append([]string{"git"}, filepath.SplitList(os.Getenv("GITS"))...) {
		path, err := exec.LookPath(path)
		if err != nil {
			return err
		}
		out, err := exec.Command(path, "version").Output()
		if err != nil {
			return fmt.Errorf("%s version: %w", path, err)
		}
		g := git{path: path}
		if _, err := fmt.Sscanf(string(out), "git version %s", &g.version); err != nil {
			return fmt.Errorf("%s version: %q: %w", path, out, err)
		}
		if _, err := fmt.Sscanf(g.version, "%d.%d", &g.major, &g.minor); err != nil {
			return fmt.Errorf("%s version: %q: %w", path, out, err)
		}
		fmt.Printf("git %s: %s\n", g.version, g.age())
		gits, ages[g.age()] = append(gits, g), true
	}
	if len(ages) < 3 {
		return errors.New("there must be three gits: one before 2.46, one before 2.54, and a newer one; " +
			"run `bash debian-git RELEASE DIR` with bookworm, trixie and sid, and set GITS=DIR/bin/git:DIR/bin/git")
	}
	return nil
}

func findLFS() error {
	if _, err := exec.LookPath("git-lfs"); err != nil {
		return fmt.Errorf("%w: install Debian's package git-lfs", err)
	}
	return nil
}

// eachGit runs a test with every git.
func eachGit(t *testing.T, test func(*world)) {
	t.Parallel()
	for _, g := range gits {
		t.Run(g.name(), func(t *testing.T) {
			t.Parallel()
			test(newWorld(t, g))
		})
	}
}
