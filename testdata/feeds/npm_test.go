//go:build unix

package feeds

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// What a person keeps in their .npmrc stays as it is.
const npmrc = "# mine\nsave-exact = true\n//registry.example/:_authToken=theirs\n"

// npm and its like ask no helper: the token is written into the person's .npmrc, for the feeds of the project's. One sign-in
// serves each feed of an organisation, by either of its addresses.
func TestNPM(t *testing.T) {
	t.Parallel()
	for _, manager := range npms {
		t.Run(filepath.Base(manager), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Write(".npmrc", npmrc)
			w.npmProject("app", deps)
			w.Sim.AutoApprove(entratest.Carol, 0)
			w.fail(w.npm(manager, "app"))
			w.Contains(w.Heard(), "401 GET "+deps+"/npm/registry/demo") // yarn says that there is no such package
			_, stderr := w.succeed(w.npmToken("app"))
			if n := home.Prompts(stderr); n != 1 {
				w.Errorf("%d prompts:\n%s", n, stderr)
			}
			w.silent(w.Begin(w.npm(manager, "app")))
			w.installedByNPM("app", "contoso/tools/deps")
			w.Contains(w.read(".npmrc"), npmrc)

			w.npmProject("old", old)
			w.silent(w.Begin(w.npmToken("old")))
			w.silent(w.Begin(w.npm(manager, "old")))
			w.installedByNPM("old", "contoso/tools/deps")
			w.Codes(1)
			w.checkSecrets(".npmrc")
		})
	}
}

// What was written is taken out again, and nothing else.
func TestNPMRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Write(".npmrc", npmrc)
	w.npmProject("app", deps)
	w.Sim.AutoApprove(entratest.Carol, 0)
	w.succeed(w.npmToken("app"))
	if info, err := os.Stat(w.Path(".npmrc")); err != nil || info.Mode().Perm() != 0o600 {
		w.Errorf("%v, %v", info.Mode(), err)
	}
	w.succeed(w.npmToken("app", "--remove"))
	if got := w.read(".npmrc"); got != npmrc {
		w.Errorf("left behind:\n%s", got)
	}
	w.checkSecrets()
}

// npm says when its token has ended. The next takes its place.
func TestNPMAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.npmProject("app", deps)
	w.Sim.AutoApprove(entratest.Carol, 0)
	w.succeed(w.npmToken("app"))
	before := w.read(".npmrc")
	w.succeed(w.npm(npms[0], "app"))
	w.refused()
	w.npmProject("again", deps)
	w.Contains(w.fail(w.npm(npms[0], "again")), "E401")
	w.silent(w.Begin(w.npmToken("app")))
	w.silent(w.Begin(w.npm(npms[0], "again")))
	w.installedByNPM("again", "contoso/tools/deps")
	if lines := strings.Count(w.read(".npmrc"), "\n"); lines != strings.Count(before, "\n") {
		w.Errorf("%d lines, want %d: the old token was not replaced", lines, strings.Count(before, "\n"))
	}
	w.Codes(1)
}

// npmToken writes the token for a project.
func (w *world) npmToken(dir string, args ...string) *exec.Cmd {
	cmd := w.program(entralogin, append([]string{"artifacts", "npm"}, args...)...)
	cmd.Dir = w.Path(dir)
	return cmd
}

func (w *world) read(name string) string {
	w.Helper()
	content, err := os.ReadFile(w.Path(name))
	if err != nil {
		w.Fatal(err)
	}
	return string(content)
}
