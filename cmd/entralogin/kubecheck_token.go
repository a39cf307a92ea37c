package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/kube/kubecheck"
)

// look says what is stored for r, and whether a token can be had without a person. It reads nothing that
// reading would mend.
func (run *pluginRun) look(st *cache.Store, r plugin.Request) (cache.Token, []kubecheck.Finding) {
	const topic = kubecheck.Token
	if st.Dir == "" {
		return cache.Token{}, []kubecheck.Finding{topic.Warn("nothing can be stored: neither HOME nor XDG_CACHE_HOME is set, so each call asks for a sign-in")}
	}
	st.Locate()
	if file := open(st.Dir); file != "" {
		return cache.Token{}, []kubecheck.Finding{topic.Unchecked("what is stored: others can read %s, and reading it would mend that", file).
			Or("entralogin cache list mends it")}
	}
	now := run.now()
	t, err := st.Token(r.Key)
	switch {
	case err == nil && t.Fresh(now):
		return t, []kubecheck.Finding{topic.Good("a token of %s is stored and fresh for %s: get-token answers with it", plugin.CleanShort(t.Account, 120), plugin.Span(t.Until().Add(-t.Margin()).Sub(now)))}
	case err == nil:
		return t, []kubecheck.Finding{topic.Good("the stored token of %s is stale", plugin.CleanShort(t.Account, 120)), run.session(st, r)}
	case errors.Is(err, cache.ErrNone):
		return t, []kubecheck.Finding{topic.Good("no token is stored"), run.session(st, r)}
	case errors.Is(err, cache.ErrCorrupt), errors.Is(err, cache.ErrKeyGone):
		return t, []kubecheck.Finding{topic.Warn("the stored token can't be used: %v", err), run.session(st, r)}
	}
	return t, []kubecheck.Finding{run.failed(topic, err)}
}

// open is a file of the cache that others can read, "" if there is none.
func open(dir string) (found string) {
	if runtime.GOOS == "windows" {
		return ""
	}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		if info, err := os.Lstat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// session says whether a token can be had in silence.
func (run *pluginRun) session(st *cache.Store, r plugin.Request) kubecheck.Finding {
	const topic = kubecheck.Token
	s, err := st.Session(r.SessionID)
	if err != nil && !errors.Is(err, cache.ErrCorrupt) && !errors.Is(err, cache.ErrKeyGone) {
		return run.failed(topic, err)
	}
	chosen, why := plugin.ChooseAccount(s, r.Account, r.Tenant)
	switch {
	case err != nil:
		why = fmt.Errorf("the session can't be used: %w", err)
	case why == nil:
		return topic.Good("%s has signed in: get-token gets a token in silence, if the service still takes the session", plugin.CleanShort(chosen.Username, 120))
	case !errors.Is(why, plugin.ErrNobody):
		return run.failed(topic, why)
	}
	if r.Unattended != "" {
		return topic.Fail(kubecheck.SignIn, "a sign-in is needed (%v), and nobody can be asked here (%s)", why, r.Unattended).Or("%s", run.loginWords(r))
	}
	last, ok := st.SignIn(r.SignIn())
	if age := run.now().Sub(last.When); ok && last.Failed != "" && age < memoryWithoutTerm {
		return topic.Warn("a sign-in is needed (%v); the last one failed %s ago (%s), so kubectl may fail at once for up to %s", why,
			plugin.Span(age), plugin.CleanShort(last.Text, 200), plugin.Span((memoryWithoutTerm-age).Round(time.Second))).Or("%s", run.loginWords(r))
	}
	return topic.Warn("kubectl will ask for a sign-in (%v)", why).Or("%s signs in beforehand", run.loginWords(r))
}
