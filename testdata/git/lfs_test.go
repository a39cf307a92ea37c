//go:build unix

package git

import (
	"crypto/rand"
	"os"
	"testing"

	"github.com/entralogin/entralogin/testdata/git/home"
)

// git-lfs asks git's helpers by itself. One sign-in serves both.
func TestLFS(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		data := w.pushLarge("one")
		w.silent("clone", app, "two")
		if got, err := os.ReadFile(w.Path("two/large.bin")); err != nil || string(got) != data {
			w.Errorf("what was pushed does not come back: %d bytes, %v", len(got), err)
		}
		w.Codes(1)
		log := w.Heard()
		w.Contains(log, "/info/lfs/objects/batch", "200 PUT", "200 GET")
		if n := len(w.tokens()); n != 1 {
			w.Errorf("%d tokens:\n%s", n, log)
		}
	})
}

// pushLarge pushes a file through git-lfs and returns its content.
func (w *world) pushLarge(clone string) string {
	w.Helper()
	data := make([]byte, 1<<20)
	rand.Read(data)
	w.Write(clone+"/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
	w.Write(clone+"/large.bin", string(data))
	w.succeed("-C", clone, "lfs", "install", "--local")
	w.succeed("-C", clone, "add", ".")
	w.succeed("-C", clone, "commit", "--quiet", "-m", "large")
	w.silent("-C", clone, "push", "origin", "main")
	return string(data)
}

// git-lfs asks again when what it got is refused. Where every token is refused that comes to an end.
func TestLFSEveryTokenRefused(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.pushLarge("one")
		w.Env = append(w.Env, "GIT_LFS_SKIP_SMUDGE=1")
		w.silent("clone", app, "two")
		w.Env = nil
		w.devops.RefuseNext(1 << 30)
		before := w.Runs("get")
		if stderr := w.fail("-C", "two", "lfs", "pull"); home.Prompts(stderr) != 0 {
			w.Errorf("somebody was asked:\n%s", stderr)
		}
		if n := w.Runs("get") - before; n > 20 {
			w.Errorf("the helper was asked %d times", n)
		}
		w.Codes(1)
	})
}
