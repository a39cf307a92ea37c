// Package rig is what the tests of several packages and modules stand on: the programs that they run, and a writer that says
// whether an answer came in one piece. It needs no simulator, and nothing of testing.
package rig

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Main runs tests beside a folder of their own, named after what they are about, into which prepare puts what they need, and
// removes it. It returns the exit code:
//
//	func TestMain(m *testing.M) { os.Exit(rig.Main("git", m.Run, prepare)) }
func Main(about string, run func() int, prepare func(dir string) error) int {
	dir, err := os.MkdirTemp("", "entralogin-"+about+"-")
	if err == nil {
		defer os.RemoveAll(dir)
		err = prepare(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// Build builds a package of Go in a folder. out is the program, or a folder that ends in a slash; flags are those of go build.
func Build(folder, out, pkg string, flags ...string) error {
	cmd := exec.Command("go", append(append([]string{"build", "-o", out}, flags...), pkg)...)
	cmd.Dir = folder
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, said)
	}
	return nil
}

// Entralogin builds the program into a folder, for a module two folders below the repository's own, and links to it under
// other names.
func Entralogin(dir string, links ...string) error {
	err := Build(filepath.Join("..", ".."), filepath.Join(dir, "entralogin"), "./cmd/entralogin")
	for _, name := range links {
		err = errors.Join(err, os.Symlink("entralogin", filepath.Join(dir, name)))
	}
	return err
}

// OneWrite fails at the second write: an answer is whole or not there.
type OneWrite struct {
	bytes.Buffer
	Writes int
}

func (w *OneWrite) Write(b []byte) (int, error) {
	if w.Writes++; w.Writes > 1 {
		return 0, errors.New("a second write")
	}
	return w.Buffer.Write(b)
}
