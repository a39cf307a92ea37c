package cache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestLocks(t *testing.T) {
	s, _ := newStore(t)
	if got := s.Locks(); len(got) > 0 {
		t.Errorf("nothing is there: %+v", got)
	}
	if _, err := os.Lstat(s.Dir); err == nil {
		t.Error("looking made the folder")
	}
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	free, err := s.LockSignIn(t.Context(), testKey.SignIn(), taken)
	must(t, err)
	free()
	writeFile(t, s.path(locks, "not a lock"), "")
	must(t, os.Mkdir(s.path(locks, sessionLock+"a folder"), 0o700))
	before := names(t, s, locks)
	states := map[string]LockState{}
	for _, l := range s.Locks() {
		states[filepath.Base(l.File)] = l
	}
	held := states[sessionLock+sessionName(testSession)]
	if !held.Held || held.Kind != EntrySession || held.Holder.PID != os.Getpid() || held.Err != nil || held.File != locks+"/"+sessionLock+sessionName(testSession) {
		t.Errorf("got %+v", held)
	}
	other := states[signInLock+testKey.SignIn().name()]
	if other.Held || other.Kind != EntrySignIn || other.Err != nil {
		t.Errorf("got %+v", other)
	}
	place := (*Error)(nil)
	if l := states[sessionLock+"a folder"]; !errors.As(l.Err, &place) || l.Held {
		t.Errorf("got %+v", l)
	}
	if len(states) != 3 || len(names(t, s, locks)) != len(before) {
		t.Errorf("got %+v, left %q", states, names(t, s, locks))
	}
	unlock()
	if l := s.Locks(); l[0].Held || l[1].Held || l[2].Held {
		t.Errorf("let go: %+v", l)
	}
}

// Whoever looks at locks holds up nobody.
func TestLocksLetGo(t *testing.T) {
	s, _ := newStore(t)
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	unlock()
	s.Locks()
	unlock, err = s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	unlock()
}

func fileMode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	must(t, err)
	return info.Mode().Perm()
}
