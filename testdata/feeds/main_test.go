//go:build unix

// Package feeds holds the tests of what entralogin does for package managers: real pip, npm and cargo install from a
// simulated Azure Artifacts (package artifacts), over HTTPS, with tokens of a simulated sign-in service.
//
// How pip asks a keyring depends on its age, so there must be two, as wheels in the variable PIPS, a list like PATH:
// `bash debian-pip RELEASE DIR` makes one as DIR/pip.whl. The variable KEYRING names the program that other indexes have
// their passwords in: `bash debian-keyring DIR` makes DIR/bin/keyring. npm and cargo are those of PATH; cargo has to be 1.74
// or newer, the first that asks credential providers, and to run without a home, as Debian's does. FEEDS_MODULES is where
// pnpm and yarn are. Without any of them the tests fail.
package feeds

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

// A pip is one that the tests drive.
type pip struct {
	name  string // "23.0"
	wheel string // a file that Python can run
	shows bool   // what the keyring writes to standard error; before 23.1 pip keeps that to itself
}

var (
	entralogin string // the program
	python     string // of an environment without packages
	pips       []pip
	cargo      string
	npms       []string // npm, pnpm, yarn
	keyring    string   // Python's own
)

func TestMain(m *testing.M) {
	os.Exit(rig.Main("feeds", m.Run, func(dir string) error {
		entralogin = filepath.Join(dir, "entralogin")
		return errors.Join(rig.Entralogin(dir), findPython(dir), findPips(), findCargo(dir), findNPM(), findKeyring())
	}))
}

// findPython makes an environment in which none of the machine's packages is seen: with a package named keyring pip would
// ask that, and run no program.
func findPython(dir string) error {
	python = filepath.Join(dir, "python", "bin", "python")
	if out, err := exec.Command("/usr/bin/python3", "-m", "venv", "--without-pip", filepath.Join(dir, "python")).CombinedOutput(); err != nil {
		return fmt.Errorf("python3 -m venv: %w\n%s", err, out)
	}
	return nil
}

// findPips fills pips.
func findPips() error {
	ages := map[bool]bool{}
	for _, wheel := range filepath.SplitList(os.Getenv("PIPS")) {
		out, err := exec.Command(python, filepath.Join(wheel, "pip"), "--version").Output()
		if err != nil {
			return fmt.Errorf("%s: %w", wheel, err)
		}
		var major, minor int
		if _, err := fmt.Sscanf(string(out), "pip %d.%d", &major, &minor); err != nil {
			return fmt.Errorf("%s: %q: %w", wheel, out, err)
		}
		p := pip{name: fmt.Sprintf("%d.%d", major, minor), wheel: wheel, shows: major > 23 || major == 23 && minor >= 1}
		fmt.Printf("pip %s\n", p.name)
		pips, ages[p.shows] = append(pips, p), true
	}
	if len(ages) < 2 {
		return errors.New("there must be two pips: one before 23.1, and a newer one; " +
			"run `bash debian-pip RELEASE DIR` with bookworm and trixie, and set PIPS=DIR/pip.whl:DIR/pip.whl")
	}
	return nil
}

// findCargo takes the first cargo of PATH that will do. That of rustup is none in a home of its own.
func findCargo(home string) error {
	var tried []string
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "cargo")
		cmd := exec.Command(path, "--version")
		cmd.Env = []string{"HOME=" + home, "PATH=" + dir + ":/usr/bin:/bin"}
		out, err := cmd.Output()
		var minor int
		if _, scanned := fmt.Sscanf(string(out), "cargo 1.%d", &minor); err == nil && scanned == nil && minor >= 74 {
			fmt.Print(string(out))
			cargo = path
			return nil
		} else if !errors.Is(err, os.ErrNotExist) {
			tried = append(tried, fmt.Sprintf("%s: %s %v", path, strings.TrimSpace(string(out)), err))
		}
	}
	return fmt.Errorf("no cargo of 1.74 or newer that runs in an empty home (%s): install Debian's package cargo-web", strings.Join(tried, "; "))
}

// findNPM fills npms.
func findNPM() error {
	path, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("%w: install Debian's package npm", err)
	}
	npms = []string{path}
	for _, name := range []string{"pnpm", "yarn"} {
		path, err := exec.LookPath(filepath.Join(os.Getenv("FEEDS_MODULES"), ".bin", name))
		if err != nil {
			return fmt.Errorf("%w: run `npm ci` in a copy of testdata/feeds-js, and set FEEDS_MODULES to its node_modules", err)
		}
		npms = append(npms, path)
	}
	return nil
}

func findKeyring() error {
	var err error
	if keyring, err = exec.LookPath(os.Getenv("KEYRING")); err != nil {
		return fmt.Errorf("no keyring to pass calls on to: %w; run `bash debian-keyring DIR`, and set KEYRING=DIR/bin/keyring", err)
	}
	return nil
}
