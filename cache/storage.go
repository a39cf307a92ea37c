package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// Storage is how tokens, sessions and codes are protected where they lie.
type Storage string

const (
	// File leaves it to the file's mode: 0600 in a folder of 0700.
	File Storage = "file"
	// Keyring seals files under a key in the Secret Service, the Keychain or the Credential Manager.
	Keyring Storage = "keyring"
	// Keyctl seals files under a key in the Linux kernel's keyring of the user.
	Keyctl Storage = "keyctl"
	// Memory keeps files below $XDG_RUNTIME_DIR, on a file system that is in memory.
	Memory Storage = "memory"
	// Agent seals files under a key that the agent has, in its memory alone: what is stored ends with the agent.
	Agent Storage = "agent"
)

// Storages lists what there is, the default first.
func Storages() []Storage { return []Storage{File, Keyring, Keyctl, Memory, Agent} }

// Seals reports whether files are sealed under a key that lies elsewhere.
func (st Storage) Seals() bool { return st == Keyring || st == Keyctl || st == Agent }

// StorageError says why a storage can't be had.
type StorageError struct {
	Storage Storage
	What    string // "can't be used: ..."
	Err     error  // or nil
}

func (e *StorageError) Error() string { return fmt.Sprintf("storage %s %s", e.Storage, e.What) }
func (e *StorageError) Unwrap() error { return e.Err }

const pinName = "storage"

// pin says which storage is in force: for everything that is written from now on. What is read says of
// itself how it is sealed. Where there is no pin, it is File.
type pin struct {
	header
	Storage Storage `json:"storage"`
	Key     string  `json:"key,omitempty"` // where Storage seals
	// From is set while files are on their way. It was in force before, under FromKey.
	From    Storage `json:"from,omitempty"`
	FromKey string  `json:"from_key,omitempty"`
}

// home is the cache folder proper, also while Folder is the one in memory.
func (s *Store) home() *Folder {
	if s.base == "" {
		return s.at(s.Dir, s.Ours)
	}
	return s.at(s.base, s.oursAtBase)
}

// at is another folder with the same keys.
func (s *Folder) at(dir string, ours bool) *Folder {
	return &Folder{Dir: dir, Ours: ours, Note: s.Note, Trace: s.Trace, Now: s.Now, step: s.step, busy: s.busy, mandatory: s.mandatory, Vault: s.Vault, safe: s.keys()}
}

// switchTo makes dir the folder of all that follows: the one in memory, or the proper one again.
func (s *Store) switchTo(dir string) {
	if s.base == "" {
		s.base, s.oursAtBase = s.Dir, s.Ours
	}
	s.Dir, s.Ours = dir, dir != s.base || s.oursAtBase
	s.dirs.Clear()
}

// pinned reads the pin.
func (s *Store) pinned() (pin, error) {
	p := pin{header: header{Version: schema}, Storage: File}
	home := s.home()
	blob, err := home.read("", pinName)
	if errors.Is(err, ErrNone) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p = pin{}
	switch err := json.Unmarshal(blob, &p); {
	case err == nil && p.Version > schema:
		return p, &Error{Path: home.path("", pinName), What: "was written by a newer entralogin"}
	case err != nil || p.Version < 1 || !p.Storage.known() || p.From != "" && !p.From.known() || p.Storage.Seals() && p.Key == "":
		return p, &Error{Path: home.path("", pinName), What: "is damaged, and so it is not known how to protect what is kept; say it anew with login --storage", Err: ErrCorrupt}
	}
	return p, nil
}

func (st Storage) known() bool {
	return st == File || st.Seals() || st == Memory
}

func (s *Store) keepPin(p pin) error {
	p.Version = schema
	blob, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.home().write("", pinName, append(blob, '\n'))
}

// OpenMemory makes the folder in memory the one that is read, for a caller who knows that Memory is
// chosen. ApplyStorage has to be called before anything is written. Errors: *StorageError.
func (s *Store) OpenMemory() error {
	dir, err := s.memoryDir()
	if err == nil {
		s.switchTo(dir)
	}
	return err
}

func (s *Store) memoryDir() (string, error) {
	if err := inMemory(s.Runtime); err != nil {
		return "", err
	}
	return filepath.Join(s.Runtime, "entralogin"), nil
}

// use makes the folder of p the one in use.
func (s *Store) use(p pin) error {
	dir := s.home().Dir
	if p.Storage == Memory {
		var err error
		if dir, err = s.memoryDir(); err != nil {
			return err
		}
	}
	if dir != s.Dir {
		s.switchTo(dir)
	}
	return nil
}

// Locate goes to the folder where what is stored lies by now. LockSession does that, too.
func (s *Store) Locate() {
	if s.unpinned != nil {
		return
	}
	if p, err := s.pinned(); err == nil {
		_ = s.use(p)
	}
}

// ApplyStorage puts a storage in force: want, or the one that is pinned if want is "". It is called before
// anything is written and before anybody is asked. Its key is made where there is none yet, and tried. If
// another storage was in force, everything that is stored moves.
//
// It never falls back to another storage. Where nothing can be written at all it returns nil, since the
// answer of a call is worth more; then nothing will be kept. Errors: *StorageError, *Error.
func (s *Store) ApplyStorage(ctx context.Context, want Storage) error {
	home := s.home()
	if err := home.checkFolder(); errors.Is(err, ErrForeign) {
		return err
	}
	if done, err := s.inForce(want); done || err != nil {
		return err
	}
	bounded := s.bounded("has been moving files")
	unlock, err := home.lock(ctx, storageLock, func(h Holder) error {
		if bounded(h) == nil {
			return nil
		}
		return &StorageError{Storage: want, What: fmt.Sprintf("can't be put in force: %v has been moving files since %s", h, h.Since.Local().Format(time.TimeOnly))}
	})
	if place := (*Error)(nil); errors.As(err, &place) {
		return s.goUnpinned(want, err)
	}
	if err != nil {
		return err
	}
	defer unlock()
	if done, err := s.inForce(want); done || err != nil {
		return err
	}
	return s.change(ctx, want)
}

// inForce reports whether nothing has to be changed for want.
func (s *Store) inForce(want Storage) (bool, error) {
	p, err := s.pinned()
	if err != nil {
		if errors.Is(err, ErrCorrupt) && want != "" {
			return false, nil
		}
		return false, err
	}
	if want != "" && want != p.Storage || p.From != "" {
		return false, nil
	}
	if p.Storage.Seals() {
		_, err := s.keys().get(p.Storage, p.Key)
		if errors.Is(err, ErrKeyGone) {
			return false, nil
		}
		return err == nil, err
	}
	return true, s.use(p)
}

// goUnpinned is for a cache that can't be written: what is chosen counts for this process alone.
func (s *Store) goUnpinned(want Storage, why error) error {
	p, err := s.pinned()
	if want == "" && err != nil {
		return err
	}
	if want != "" {
		p = pin{Storage: want}
	}
	if err := s.use(p); err != nil {
		return err
	}
	s.note("storage %s can't be put in force for later calls: %v", p.Storage, why)
	s.unpinned = &p
	return nil
}

// change puts want in force and moves what is stored. The lock of the storage is held.
//
// The new pin is written first, with From, so that whoever writes from now on writes into the new
// storage; then each session's lock is taken, and what was written until then is moved. Each file says
// how it is sealed and is replaced by a rename: killed anywhere, all is there and can be read, and the
// next call goes on. The last step is the pin without From.
func (s *Store) change(ctx context.Context, want Storage) error {
	old, err := s.pinned()
	damaged := errors.Is(err, ErrCorrupt)
	if damaged {
		old = pin{Storage: File}
	}
	next := pin{Storage: want, From: old.Storage, FromKey: old.Key}
	if want == "" {
		next.Storage = old.Storage
	}
	switch {
	case old.From != "" && next.Storage == old.Storage:
		next.From, next.FromKey = old.From, old.FromKey // the move goes on
	case old.From == Memory:
		next.From = Memory
	}
	m, err := s.newMove(old, &next)
	if err != nil {
		return err
	}
	if err := s.keepPin(next); err != nil {
		return s.goUnpinned(next.Storage, err)
	}
	if err := s.use(next); err != nil {
		return err
	}
	if err := m.run(ctx); err != nil {
		s.note("storage %s is in force for what is written from now on; what was stored before can't all be moved yet: %v", next.Storage, err)
		return nil
	}
	if !m.left && next.FromKey != "" && next.FromKey != next.Key {
		s.keys().forget(next.From, next.FromKey)
	}
	next.From, next.FromKey = "", ""
	if err := s.keepPin(next); err != nil {
		s.note("what was stored is moved, but that can't be noted: %v", err)
	}
	if old.Storage != next.Storage || damaged {
		s.note("storage %s is in force from now on, it was %s; files moved: %d", next.Storage, old.Storage, m.moved)
	}
	return nil
}
