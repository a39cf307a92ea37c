//go:build unix

package git

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/testdata/git/home"
)

// A token that is refused, as a revoked one is, costs one git at most. The next has a new one, and nobody is asked.
func TestRefusedToken(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.silent("-C", "one", "fetch")
		w.devops.Refuse(w.tokens()[0])
		r := w.start("-C", "one", "fetch")
		if err := r.Wait(); err != nil {
			w.Contains(r.Said.String(), "Authentication failed")
		}
		w.silent("-C", "one", "fetch")
		w.silent("-C", "one", "fetch")
		w.Codes(1)
		if n := len(w.tokens()); n != 2 {
			w.Errorf("%d tokens, want 2", n)
		}
	})
}

// Where every token is refused git fails each time, in a few requests, and nobody is asked. It works as soon as the
// server takes tokens again, unless so many were refused that no more is asked for within a minute.
func TestEveryTokenRefused(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.devops.RefuseNext(1 << 30)
		w.devops.ResetRequests()
		for range 2 {
			if stderr := w.fail("-C", "one", "fetch"); home.Prompts(stderr) != 0 {
				w.Errorf("somebody was asked:\n%s", stderr)
			}
		}
		w.Codes(1)
		if n := len(w.devops.Requests()); n > 12 {
			w.Errorf("%d requests:\n%s", n, w.Heard())
		}
		w.devops.RefuseNext(0)
		w.silent("-C", "one", "fetch")
		w.devops.RefuseNext(1 << 30)
		w.fail("-C", "one", "fetch") // whose token was not issued just now, if the machine is slow
		w.fail("-C", "one", "fetch")
		if stderr := w.fail("-C", "one", "fetch"); !strings.Contains(stderr, "had just been issued") {
			w.Errorf("one more token was asked for:\n%s", stderr)
		}
	})
}

// A token that has ended between two gits is not handed out: none is ever refused.
func TestTokenEndsBetweenFetches(t *testing.T) {
	const life = 10 * time.Second
	eachGit(t, func(w *world) {
		w.Sim.Set(func(s *entratest.Settings) { s.TokenLife = life })
		begun := time.Now()
		w.clone("one")
		for range 2 {
			time.Sleep(life)
			w.silent("-C", "one", "fetch")
		}
		w.Codes(1)
		for _, r := range w.devops.Requests() {
			if r.Token != "" && r.Status != 200 {
				w.Errorf("%s %s: %d %s", r.Method, r.Path, r.Status, r.Reason)
			}
		}
		// Three, unless a git takes longer than most of a life.
		if n, most := len(w.tokens()), 1+int(time.Since(begun)/(life*4/5)); n < 3 || n > most {
			w.Errorf("%d tokens, want 3 to %d", n, most)
		}
	})
}

// A token that ends within a clone may cost that clone. The next works, and nobody is asked.
func TestTokenEndsWithinClone(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.devops.ExpireAfter(1)
		r := w.start("clone", app, "two")
		if err := r.Wait(); err != nil {
			w.Contains(r.Said.String(), "HTTP 401")
		}
		w.silent("clone", app, "three")
		w.Codes(1)
		if n := len(w.tokens()); n != 2 {
			w.Errorf("%d tokens, want 2:\n%s", n, w.Heard())
		}
	})
}

// A 403 speaks of the person's rights: the token stays as it is.
func TestForbidden(t *testing.T) {
	eachGit(t, func(w *world) {
		w.clone("one")
		w.devops.Forbid(true)
		w.Contains(w.fail("-C", "one", "fetch"), "403")
		w.devops.Forbid(false)
		w.silent("-C", "one", "fetch")
		if n := w.Runs("erase"); n != 0 {
			w.Errorf("git erased %d times", n)
		}
		if n := len(w.tokens()); n != 1 {
			w.Errorf("%d tokens", n)
		}
		w.Codes(1)
	})
}
