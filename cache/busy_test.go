package cache

import (
	"errors"
	"strings"
	"testing"
)

// A file that somebody has open is waited for where the system does not let go of it: each of ten calls in turn fails
// three times, and all is kept. One that stays so is an error.
func TestBusyFile(t *testing.T) {
	open := errors.New("the file is open")
	for _, op := range []string{"rename", "open", "unlink"} {
		s, _ := newStore(t)
		fails := 3
		s.busy = func(err error) bool { return errors.Is(err, open) }
		s.step = func(what, path string) error {
			if what != op || fails == 0 || strings.HasSuffix(path, tagName) {
				return nil
			}
			fails--
			return open
		}
		must(t, s.KeepSession(testSession, session(t, "alice")))
		must(t, s.RemoveSession(testSession))
		if fails > 0 {
			t.Errorf("%s: not tried", op)
		}
		if op != "rename" {
			continue
		}
		fails = -1
		place := (*Error)(nil)
		if err := errors.Join(s.KeepSession(testSession, session(t, "alice")), s.RemoveSession(testSession)); !errors.As(err, &place) || !errors.Is(err, open) {
			t.Errorf("%s, for ever: %v", op, err)
		}
	}
}

// Where a file that is locked can't be read, its holder stands beside it.
func TestMandatoryLock(t *testing.T) {
	s, _ := newStore(t)
	s.mandatory = true
	denied, held := errors.New("the range is locked"), false
	s.step = func(op, path string) error {
		if op == "open" && strings.HasSuffix(path, sessionName(testSession)) && strings.Contains(path, sessionLock) && held {
			return denied
		}
		return nil
	}
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	held = true // from here on nobody reads the lock itself
	var h Holder
	if _, err := s.LockSession(t.Context(), testSession, func(told Holder) error { h = told; return errTaken }); !errors.Is(err, errTaken) || h.PID != self().PID {
		t.Errorf("got %v, held by %+v", err, h)
	}
	s.SayFailed(testSession, "the service is down")
	if why, _ := s.LastFailed(testSession); why != "the service is down" {
		t.Errorf("got %q", why)
	}
	if l := s.Locks(); len(l) != 1 || !l[0].Held || l[0].Holder.PID != self().PID {
		t.Errorf("got %+v", l)
	}
	unlock()
}

// What was shown on another machine stands not on a screen of this one, though the numbers are the same.
func TestShownElsewhere(t *testing.T) {
	s, _ := newStore(t)
	id, shown := testKey.SignIn(), FileID{Dev: 1, Ino: 2}
	must(t, s.KeepSignIn(id, SignIn{Shown: shown}))
	if got, ok := s.SignIn(id); !ok || got.Shown != shown {
		t.Errorf("here: %+v", got)
	}
	for machine, want := range map[string]FileID{"another boot": {}, "": shown} {
		must(t, s.encode(pending, id.name(), signInFile{header: header{schema}, SignIn: SignIn{PID: 1, Shown: shown}, Machine: machine}))
		if got, ok := s.SignIn(id); !ok || got.Shown != want {
			t.Errorf("%q: %+v", machine, got)
		}
	}
}
