package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is the time between two looks at a lock that is taken. It bounds how long a freed lock stays
// unnoticed, and how long a signal does.
const lockPoll = 40 * time.Millisecond

const (
	// lockWait bounds the wait for a session's lock: its holder makes a few requests of 30 seconds.
	lockWait = 2 * time.Minute
	// stoppedWait bounds it where the holder is stopped, and does nothing until somebody has it go on.
	stoppedWait = 10 * time.Second
)

// bounded ends the wait for a lock that is held for too long, with a *LockError, and says after a second whom
// it is for and what that one does.
func (s *Store) bounded(does string) func(Holder) error {
	start, said := s.now(), false
	return func(h Holder) error {
		waited := s.now().Sub(start)
		if waited > lockWait || waited > stoppedWait && h.Stopped() {
			return &LockError{Holder: h, Waited: waited}
		}
		if waited > time.Second && !said {
			said = true
			s.note("waiting for %v: it %s since %s", h, does, h.Since.Local().Format(time.TimeOnly))
		}
		return nil
	}
}

// LockSession takes the lock that is held over a silent refresh and over the saving of a sign-in. If what
// is stored has moved to another folder meanwhile, s goes there.
func (s *Store) LockSession(ctx context.Context, id SessionID, taken func(Holder) error) (unlock func(), err error) {
	return s.lockAll(ctx, sessionLock+sessionName(id), taken, s.Locate)
}

// LockSignIn takes the lock that is held while a person is asked.
func (s *Store) LockSignIn(ctx context.Context, id SignInID, taken func(Holder) error) (unlock func(), err error) {
	return s.lockAll(ctx, signInLock+id.name(), taken, func() {})
}

// lockAll takes a lock in the cache folder proper, so that callers that disagree about the storage wait for each
// other; and where what is stored lies, for earlier versions, which take the lock there alone. then is called in
// between.
func (s *Store) lockAll(ctx context.Context, name string, taken func(Holder) error, then func()) (func(), error) {
	home := s
	if s.base != "" && s.base != s.Dir {
		home = s.home()
	}
	dir := home.Dir
	unlock, err := home.lock(ctx, name, taken)
	place := (*Error)(nil)
	if err != nil && !errors.As(err, &place) {
		return nil, err
	}
	if then(); s.Dir == dir {
		return unlock, err
	}
	here, err := s.lock(ctx, name, taken)
	switch other := (*Error)(nil); {
	case place != nil:
		return here, err
	case errors.As(err, &other):
		return unlock, nil
	case err != nil:
		unlock()
		return nil, err
	}
	return func() { here(); unlock() }, nil
}

// lock waits for an advisory lock (flock), which the system frees when its holder ends, however it ends; or for
// its fall-back where the file system has none. taken is called each time that the lock is found taken; an error
// of it ends the wait and is returned. Where it is nil the wait is bounded as that of Forget is.
//
// Where no lock can be had at all (a read-only cache) the error is an *Error, and the caller goes on without.
func (s *Store) lock(ctx context.Context, name string, taken func(Holder) error) (func(), error) {
	if taken == nil {
		taken = s.bounded("has held a lock")
	}
	if err := s.prepare(locks); err != nil {
		return nil, err
	}
	path := s.path(locks, name)
	if err := s.lockFile(path); err != nil {
		return nil, err
	}
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|openSafely), flock.SetPermissions(private))
	for {
		unlock, err := s.tryLock(l)
		if err != nil {
			l.Close()
			return nil, err
		}
		if unlock != nil {
			s.sign(path)
			return unlock, nil
		}
		if err := taken(s.holder(path)); err != nil {
			l.Close()
			return nil, err
		}
		select {
		case <-ctx.Done():
			l.Close()
			return nil, context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}

// tryLock takes a lock if it is free; else unlock is nil. A process that has no flock here may have the fall-back.
func (s *Store) tryLock(l *flock.Flock) (unlock func(), err error) {
	ok := false
	err = s.try("lock", l.Path(), func() (err error) { ok, err = l.TryLock(); return err })
	switch {
	case err != nil && noLocks(err):
		l.Close()
		return s.tryHeld(l.Path() + heldMark)
	case err != nil:
		return nil, describe(l.Path(), fmt.Errorf("lock: %w", err))
	case !ok:
		return nil, nil
	}
	if h, err := s.readHeld(l.Path() + heldMark); err == nil && h != nil && !h.over(l.Path()) {
		l.Close()
		return nil, nil
	}
	return func() { l.Close() }, nil
}

// lockFile makes the file of a lock where there is none, and looks at the one that is there.
func (s *Store) lockFile(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err := s.create(path)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		if err != nil {
			return describe(path, err)
		}
		return f.Close()
	}
	if err == nil {
		err = s.fit(path, info)
	}
	if err == nil && info.Mode().Perm()&private != private { // made under a umask such as 0777
		err = s.try("chmod", path, func() error { return os.Chmod(path, private) })
	}
	return describe(path, err)
}
