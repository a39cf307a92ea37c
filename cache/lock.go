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

// The time between two looks at a lock that is taken grows with the wait: a refresh takes parts of a second, and a person
// takes minutes, while a hundred processes may wait. So what changes is noticed within an eighth of the wait, and within
// longestLook at the latest. Where the system tells when the holder has ended, that is noticed at once, and what else
// there may be to see (a holder that is stopped, a token from elsewhere) can wait a little longer.
//
// To sleep in flock itself would be no better: a process that is stopped meanwhile would be given the lock, too.
const (
	shortestLook = 40 * time.Millisecond
	longestLook  = time.Second
	watchedLook  = 3 * time.Second
)

const (
	// lockWait bounds the wait for a session's lock: its holder makes a few requests of 30 seconds.
	lockWait = 2 * time.Minute
	// stoppedWait bounds it where the holder is stopped, and does nothing until somebody has it go on.
	stoppedWait = 10 * time.Second
)

// bounded ends the wait for a lock that is held for too long, with a *LockError, and says after a second whom
// it is for and what that one does.
func (s *Folder) bounded(does string) func(Holder) error {
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
	home := &s.Folder
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
func (s *Folder) lock(ctx context.Context, name string, taken func(Holder) error) (func(), error) {
	if taken == nil {
		taken = s.bounded("has held a lock")
	}
	if err := s.prepare(locks); err != nil {
		return nil, err
	}
	l := s.lockOf(name)
	if err := l.make(); err != nil {
		return nil, err
	}
	file := flock.New(l.path, flock.SetFlag(os.O_CREATE|os.O_RDWR|openSafely), flock.SetPermissions(private))
	unlock, err := l.take(file)
	if err == nil && unlock == nil {
		unlock, err = l.await(ctx, file, taken)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	l.sign()
	return unlock, nil
}

// lock is the file of a lock.
type lock struct {
	*Folder
	path string
}

func (s *Folder) lockOf(name string) lock { return lock{s, s.path(locks, name)} }

// held is the fall-back of the lock.
func (l lock) held() held { return held{l.Folder, l.path + heldMark} }

// await is take for a lock that somebody else has.
func (l lock) await(ctx context.Context, file *flock.Flock, taken func(Holder) error) (unlock func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var w watch
	for unlock == nil && err == nil {
		h := l.holder()
		if err = taken(h); err == nil {
			err = w.sleep(ctx, h)
		}
		if err == nil {
			unlock, err = l.take(file)
		}
	}
	return unlock, err
}

// watch is that of a process over the holder of a lock.
type watch struct {
	holder Holder
	pause  time.Duration
	most   time.Duration
	ended  chan struct{} // nil as long as it is not worth while
}

// sleep returns when the lock is to be looked at again; the error is the cause of ctx.
func (w *watch) sleep(ctx context.Context, h Holder) error {
	if h != w.holder || w.pause == 0 {
		*w = watch{holder: h, pause: shortestLook, most: longestLook}
	}
	if w.pause == longestLook && w.ended == nil {
		ended := make(chan struct{})
		w.ended = ended
		if h.here() && !h.Gone() && AfterEnd(ctx, h.PID, func() { close(ended) }) {
			w.pause, w.most = watchedLook, watchedLook
		}
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-w.ended:
		*w = watch{}
	case <-time.After(w.pause):
		w.pause = min(w.pause+w.pause/8, w.most)
	}
	return nil
}

// take takes the lock if it is free; else unlock is nil. A process that has no flock here may have the fall-back.
func (l lock) take(file *flock.Flock) (unlock func(), err error) {
	ok := false
	err = l.try("lock", l.path, func() (err error) { ok, err = file.TryLock(); return err })
	switch {
	case err != nil && noLocks(err):
		file.Close()
		return l.held().take()
	case err != nil:
		return nil, describe(l.path, fmt.Errorf("lock: %w", err))
	case !ok:
		return nil, nil
	}
	if h, err := l.held().read(); err == nil && h != nil && !h.over(l.path) {
		file.Close()
		return nil, nil
	}
	return func() { file.Close() }, nil
}

// make makes the file of the lock where there is none, and looks at the one that is there.
func (l lock) make() error {
	info, err := fitting(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err := l.create(l.path)
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		if err != nil {
			return describe(l.path, err)
		}
		return f.Close()
	}
	if err == nil && info.Mode().Perm()&private != private { // made under a umask such as 0777
		err = l.try("chmod", l.path, func() error { return os.Chmod(l.path, private) })
	}
	return describe(l.path, err)
}
