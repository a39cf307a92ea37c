package cache

import (
	"context"
	"errors"
	"slices"
	"time"
)

// FileID tells open files apart: device and inode. The zero FileID is no file.
type FileID struct {
	Dev, Ino uint64
}

// showing says that a process which waits for a sign-in has shown its prompt.
type showing struct {
	On FileID `json:"on"`
	By Holder `json:"by"`
}

// ClaimScreens notes that this process, which waits for the sign-in, shows its prompt on screens. It returns those
// that are free: where the process that asks has not shown that prompt, and no other that is still there has. The
// zero FileID is no screen, and never free. Whoever can note nothing shows the prompt: twice is better than never.
// But over says that the record is gone or has another prompt by now, as it may have while this process waited for
// its turn to note something: nobody is to follow the old one any more.
func (s *Store) ClaimScreens(id SignInID, shown SignIn, screens ...FileID) (free []FileID, over bool) {
	defer s.lockRecordUnless(id, func() bool {
		f, same, _ := s.record(id, shown)
		return same && len(f.freeOf(screens)) == 0
	})()
	f, same, err := s.record(id, shown)
	if !same && (err == nil || errors.Is(err, ErrNone)) {
		if now, _ := s.SignIn(id); !now.SamePrompt(shown) {
			return nil, true
		}
	}
	if !same {
		return signInFile{}.freeOf(screens), false
	}
	if free = f.freeOf(screens); len(free) == 0 {
		return nil, false
	}
	f.Others = slices.DeleteFunc(f.Others, func(o showing) bool { return o.By.Gone() })
	for _, screen := range free {
		f.Others = append(f.Others, showing{screen, self()})
	}
	_ = s.encode(pending, id.name(), f) // what can't be noted is shown
	return free, false
}

// record reads the record of a sign-in. same says that it has the prompt of shown.
func (s *Store) record(id SignInID, shown SignIn) (f signInFile, same bool, err error) {
	err = s.decode(pending, id.name(), &f)
	f.UserCode = NewSecret(f.Code)
	return f, err == nil && f.SamePrompt(shown), err
}

// freeOf returns those of screens that do not show the prompt.
func (f signInFile) freeOf(screens []FileID) (free []FileID) {
	for _, screen := range screens {
		if screen != (FileID{}) && !f.showsOn(screen) {
			free = append(free, screen)
		}
	}
	return free
}

func (f signInFile) showsOn(screen FileID) bool {
	return f.here() && (screen == f.Shown || screen == f.Terminal) ||
		slices.ContainsFunc(f.Others, func(o showing) bool { return o.On == screen && o.By.here() && !o.By.Gone() })
}

// recordWait bounds the wait for whoever writes the record of a sign-in. That takes milliseconds, and seconds
// where fifty processes write to a busy disk.
const recordWait = 5 * time.Second

// lockRecord keeps others from writing the record of a sign-in until the returned function is called. Where the
// lock can't be had in time, or a stopped process has it, the caller goes on without.
func (s *Store) lockRecord(id SignInID) (unlock func()) {
	return s.lockRecordUnless(id, func() bool { return false })
}

// lockRecordUnless is lockRecord for a caller that has nothing to write once done says so, before the lock or
// while others have it.
func (s *Store) lockRecordUnless(id SignInID, done func() bool) (unlock func()) {
	if done() {
		return func() {}
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), recordWait, errors.New("the record is being written for too long"))
	defer cancel()
	unlock, err := s.lock(ctx, signInLock+id.recordName(), func(h Holder) error {
		if done() || h.Stopped() {
			return errGoOn
		}
		return nil
	})
	if err != nil {
		return func() {}
	}
	return unlock
}

// errGoOn ends the wait for a lock whose caller goes on without it.
var errGoOn = errors.New("goes on without the lock")
