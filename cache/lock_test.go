package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func background() context.Context { return context.Background() }

var errTaken = errors.New("taken")

// taken ends the wait for a lock at once.
func taken(Holder) error { return errTaken }

func TestLock(t *testing.T) {
	s, _ := newStore(t)
	other := &Store{Folder: Folder{Dir: s.Dir}}
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	before, err := os.Stat(s.path(locks, "session-"+sessionName(testSession)))
	must(t, err)
	for _, store := range []*Store{s, other} {
		if _, err := store.LockSession(t.Context(), testSession, taken); !errors.Is(err, errTaken) {
			t.Errorf("a lock that is taken: %v", err)
		}
	}
	id := testSession
	id.Client = "another"
	for _, lock := range []func() (func(), error){
		func() (func(), error) { return other.LockSession(t.Context(), id, taken) },
		func() (func(), error) { return other.LockSignIn(t.Context(), testKey.SignIn(), taken) },
	} {
		free, err := lock()
		must(t, err)
		free()
	}
	unlock()
	again, err := other.LockSession(t.Context(), testSession, taken)
	must(t, err)
	after, err := os.Stat(s.path(locks, "session-"+sessionName(testSession)))
	must(t, err)
	if !os.SameFile(before, after) {
		t.Error("the lock file is another one")
	}
	again()
	unlock() // once too often does no harm
	if _, err := os.Stat(s.path(locks, "session-"+sessionName(testSession))); err != nil {
		t.Errorf("the lock file was deleted: %v", err)
	}
}

func TestSignInLocks(t *testing.T) {
	s, _ := newStore(t)
	k := testKey
	k.Account = "alice@contoso.example"
	unlock, err := s.LockSignIn(t.Context(), k.SignIn(), taken)
	must(t, err)
	defer unlock()
	same := k
	same.Account, same.Scopes, same.Kind = "ALICE@contoso.example", []string{"other"}, ID
	if _, err := s.LockSignIn(t.Context(), same.SignIn(), taken); !errors.Is(err, errTaken) {
		t.Errorf("the same person for another token: %v", err)
	}
	for name, change := range map[string]func(*Key){
		"tenant": func(k *Key) { k.Tenant = "other" }, "account": func(k *Key) { k.Account = "bob" }, "no account": func(k *Key) { k.Account = "" },
		"client": func(k *Key) { k.Client = "other" }, "host": func(k *Key) { k.Authority = "other" },
	} {
		other := k
		change(&other)
		free, err := s.LockSignIn(t.Context(), other.SignIn(), taken)
		if err != nil {
			t.Errorf("another %s: %v", name, err)
			continue
		}
		free()
	}
}

func TestLockAndContext(t *testing.T) {
	s, _ := newStore(t)
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	defer unlock()
	cause := errors.New("the cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	looks := 0
	_, err = s.LockSession(ctx, testSession, func(Holder) error {
		if looks++; looks > 1 {
			return errTaken
		}
		cancel(cause)
		return nil
	})
	if !errors.Is(err, cause) {
		t.Errorf("got %v after %d looks", err, looks)
	}
}

// Who waits sleeps: some looks in the first seconds, about one a second later. A lock that is free is noticed within an
// eighth of the wait, and within a second.
func TestWaitingCostsNothing(t *testing.T) {
	for _, test := range []struct {
		wait, late time.Duration
		looks      int
	}{{200 * time.Millisecond, 60 * time.Millisecond, 5}, {4 * time.Second, 560 * time.Millisecond, 24}, {10 * time.Minute, time.Second, 630}} {
		synctest.Test(t, func(t *testing.T) {
			s, _ := newStore(t)
			unlock, err := s.LockSession(t.Context(), testSession, taken)
			must(t, err)
			path := s.lockOf(sessionLock + sessionName(testSession)).signature()
			must(t, os.WriteFile(path, []byte(`{"pid":1,"machine":"another"}`), 0o600))
			time.AfterFunc(test.wait, unlock)
			start, looks := time.Now(), 0
			second, err := s.LockSession(t.Context(), testSession, func(Holder) error { looks++; return nil })
			must(t, err)
			second()
			if late := time.Since(start) - test.wait; late > test.late || looks > test.looks {
				t.Errorf("%v: %d looks, noticed after %v", test.wait, looks, late)
			}
		})
	}
}

func TestWaitForALock(t *testing.T) {
	s, _ := newStore(t)
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	looks := 0
	second, err := s.LockSession(t.Context(), testSession, func(Holder) error {
		if looks++; looks == 3 {
			unlock()
		}
		return nil
	})
	must(t, err)
	second()
	if looks < 3 {
		t.Errorf("looked %d times", looks)
	}
}

func TestHolderIsTold(t *testing.T) {
	s, _ := newStore(t)
	s.Now = func() time.Time { return testStart }
	unlock, err := s.LockSession(t.Context(), testSession, taken)
	must(t, err)
	defer unlock()
	var told Holder
	ask := func() {
		s.LockSession(t.Context(), testSession, func(h Holder) error { told = h; return errTaken })
	}
	if ask(); told.PID != os.Getpid() || !told.Since.Equal(testStart) {
		t.Errorf("got %+v", told)
	}
	for _, content := range []string{"", "garbage", `{"pid":"1"}`} {
		must(t, os.WriteFile(s.path(locks, "session-"+sessionName(testSession)), []byte(content), 0o600))
		if ask(); told.PID != 0 {
			t.Errorf("%q: got %+v", content, told)
		}
	}
}

func TestFolderInPlaceOfALock(t *testing.T) {
	s, _ := newStore(t)
	must(t, os.MkdirAll(filepath.Join(s.Dir, locks, "session-"+sessionName(testSession)), 0o700))
	place := (*Error)(nil)
	if _, err := s.LockSession(t.Context(), testSession, taken); !errors.As(err, &place) {
		t.Errorf("got %v", err)
	}
}

// Nobody is told a time that is not known: that of a holder that has just got the lock.
func TestLockErrorOfAnybody(t *testing.T) {
	for want, h := range map[string]Holder{
		"another process is renewing this session; waited 2 seconds for it":                {},
		"process 7 has been renewing this session since 12:00:00; waited 2 seconds for it": {PID: 7, Since: time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)},
	} {
		h.Machine = "elsewhere" // where nobody looks whether it is stopped
		if got := (&LockError{Holder: h, Waited: 2 * time.Second}).Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
