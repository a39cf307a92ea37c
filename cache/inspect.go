package cache

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// LockState is what may be told of a lock.
type LockState struct {
	Kind   string // EntrySession: over a refresh or a save; EntrySignIn: while a person is asked; EntryStorage: over a move
	File   string // below the cache folder, with slashes, as that of an Entry
	Held   bool
	Holder Holder // of a lock that is held; zero where the holder has not said who it is
	Err    error  // why it can't be told whether it is held, or nil: an *Error
}

// Locks tells of all locks in the order of their names, also of those in the cache folder proper where what is
// stored lies elsewhere. It creates and changes no file, and lets go at once of what it tries.
func (s *Store) Locks() []LockState {
	if s.Dir == "" {
		return nil
	}
	all := s.locksHere()
	if home := s.home(); home.Dir != s.Dir {
		all = append(home.locksHere(), all...)
	}
	return all
}

func (s *Folder) locksHere() []LockState {
	names, err := s.files(locks)
	if err != nil {
		return []LockState{{File: locks, Err: err}}
	}
	var all []LockState
	for _, name := range names {
		if kind := kindOfLock(name); kind != "" {
			all = append(all, s.lockOf(name).state(kind, name))
		}
	}
	return all
}

const (
	sessionLock = "session-"
	signInLock  = "signin-"
	storageLock = "storage"
	renewalLock = "renewals" // for a moment, by whoever claims one
)

// kindOfLock is "" for a file that is no lock of ours, or only a part of one.
func kindOfLock(name string) string {
	switch {
	case isTemp(name) || baseLock(name) != name:
		return ""
	case strings.HasPrefix(name, sessionLock):
		return EntrySession
	case strings.HasPrefix(name, signInLock):
		return EntrySignIn
	case name == storageLock:
		return EntryStorage
	case name == renewalLock:
		return EntryRenewal
	}
	return ""
}

func (l lock) state(kind, name string) LockState {
	state := LockState{Kind: kind, File: locks + "/" + name}
	_, err := fitting(l.path)
	free := false
	if err == nil {
		free, err = l.isFree()
	}
	switch {
	case err != nil:
		state.Err = describe(l.path, err)
	case !free:
		state.Held, state.Holder = true, l.holder()
	}
	return state
}

func (l lock) isFree() (free bool, err error) {
	file := flock.New(l.path, flock.SetFlag(os.O_RDONLY|openSafely))
	defer file.Close()
	err = l.try("lock", l.path, func() (err error) { free, err = file.TryRLock(); return err })
	if err == nil && !free || err != nil && !noLocks(err) {
		return false, err
	}
	h, err := l.held().read()
	return err == nil && (h == nil || h.over(l.path)), err
}

// OpenToOthers returns a file of the cache that other users can read or write, "" if there is none. Reading
// such a file mends it.
func (s *Folder) OpenToOthers() (found string) {
	if s.Dir == "" {
		return ""
	}
	_ = filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil
		}
		if info, err := entry.Info(); err == nil && others(info) {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found
}
