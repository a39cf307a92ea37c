//go:build unix

package git

import (
	"crypto/rand"
	"os"
	"testing"
)

// git-lfs asks git's helpers by itself. One sign-in serves both.
func TestLFS(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		data := w.pushLarge("one")
		w.silent("clone", app, "two")
		if got, err := os.ReadFile(w.path("two/large.bin")); err != nil || string(got) != data {
			w.Errorf("what was pushed does not come back: %d bytes, %v", len(got), err)
		}
		w.codes(1)
		log := w.requests()
		w.contains(log, "/info/lfs/objects/batch", "200 PUT", "200 GET")
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
	w.write(clone+"/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
	w.write(clone+"/large.bin", string(data))
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
		w.env = append(w.env, "GIT_LFS_SKIP_SMUDGE=1")
		w.silent("clone", app, "two")
		w.env = nil
		w.devops.RefuseNext(1 << 30)
		before := w.runs("get")
		if stderr := w.fail("-C", "two", "lfs", "pull"); prompts(stderr) != 0 {
			w.Errorf("somebody was asked:\n%s", stderr)
		}
		if n := w.runs("get") - before; n > 20 {
			w.Errorf("the helper was asked %d times", n)
		}
		w.codes(1)
	})
}
