package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// move brings what is stored from the places where it may lie into the form of one pin.
type move struct {
	to    pin
	keys  *safe
	dst   *Folder
	from  []*Folder // dst among them, where files are sealed anew in place; the cache folder first
	moved int
	left  bool // something stays behind that the old key may still open
}

// newMove settles the key of next and looks whether all can be opened. It changes nothing that is stored.
func (s *Store) newMove(old pin, next *pin) (*move, error) {
	m := &move{keys: s.keys(), dst: s.home()}
	m.from = []*Folder{m.dst}
	if next.Storage == Memory || next.From == Memory {
		dir, err := s.memoryDir()
		switch {
		case err == nil:
			m.from = append(m.from, s.at(dir, true))
		case next.Storage == Memory:
			return nil, err
		}
	}
	if next.Storage == Memory {
		m.dst = m.from[1]
	}
	for _, place := range m.from {
		names, err := place.list(sessions)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if refused := (*StorageError)(nil); errors.As(place.decode(sessions, name, &header{}), &refused) {
				return nil, &StorageError{Storage: next.Storage, Err: refused,
					What: fmt.Sprintf("can't be put in force: what is stored can't be moved, since %v. Mend that, or forget what is stored", refused)}
			}
		}
	}
	if next.Storage.Seals() {
		if old.Storage == next.Storage {
			next.Key = old.Key
		}
		var err error
		if next.Key, err = s.keys().ready(next.Storage, next.Key); err != nil {
			return nil, err
		}
	}
	m.to = *next
	return m, nil
}

// run moves all files. What can't be opened for ever (its key is gone) stays where it is.
func (m *move) run(ctx context.Context) error {
	unlock, err := m.lockAll(ctx)
	defer unlock()
	if err != nil {
		return err
	}
	var failed []error
	for _, place := range m.from {
		for _, folder := range []string{sessions, tokens, proofs, subscriptions, azureLogins} {
			failed = append(failed, m.folder(place, folder))
		}
		failed = append(failed, m.signIns(ctx, place))
	}
	return errors.Join(failed...)
}

// lockAll takes the lock of each session, in each place. Whoever takes a new lock after this reads the
// new pin before it writes.
func (m *move) lockAll(ctx context.Context) (unlock func(), err error) {
	var unlocks []func()
	unlock = func() {
		for _, u := range slices.Backward(unlocks) {
			u()
		}
	}
	var names []string
	for _, place := range m.from {
		held, err := place.list(locks)
		if err != nil {
			return unlock, err
		}
		stored, err := place.list(sessions)
		if err != nil {
			return unlock, err
		}
		for _, name := range stored {
			held = append(held, sessionLock+name)
		}
		names = append(names, held...)
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return kindOfLock(n) != EntrySession })
	ctx, cancel := context.WithTimeoutCause(ctx, lockWait, errors.New("another process holds a session for too long"))
	defer cancel()
	for _, place := range m.from {
		for _, name := range names {
			u, err := place.lock(ctx, name, nil)
			if err != nil {
				return unlock, err
			}
			unlocks = append(unlocks, u)
		}
	}
	return unlock, nil
}

// folder moves the files of a folder. What writers left there that were killed, and what was set aside,
// would stay as it is for ever, and goes.
func (m *move) folder(place *Folder, folder string) error {
	names, err := place.list(folder)
	failed := []error{err}
	for _, name := range names {
		failed = append(failed, m.file(place, folder, name))
	}
	failed = append(failed, place.empty(folder, func(name string) bool { return isTemp(name) || strings.HasSuffix(name, asideMark) }))
	return errors.Join(failed...)
}

// signIns moves the records of sign-ins but those of a process that asks right now: it writes its next
// one into the new storage, and its code lives for minutes.
func (m *move) signIns(ctx context.Context, place *Folder) error {
	names, err := place.list(pending)
	failed := []error{err}
	busy := errors.New("busy")
	for _, name := range names {
		unlock, err := place.lock(ctx, signInLock+name, func(Holder) error { return busy })
		if errors.Is(err, busy) {
			m.left = true
			continue
		}
		if err == nil {
			err = m.file(place, pending, name)
			unlock()
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// file moves one file: its new form is on the disk before the old one goes.
func (m *move) file(place *Folder, folder, name string) error {
	blob, err := place.read(folder, name)
	if errors.Is(err, ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	here := place.Dir == m.dst.Dir
	if f, sealed, err := parseSealed(blob); here && err == nil && sealed == m.to.Storage.Seals() && f.Key == m.to.Key {
		return nil
	}
	plain, err := place.unseal(folder, name, blob)
	var head header
	switch {
	case err == nil && json.Unmarshal(plain, &head) == nil && head.Version > schema:
		return place.newer(folder, name, head.Version)
	case errors.Is(err, ErrKeyGone), errors.Is(err, ErrCorrupt):
		return nil // sealed, and no use to anybody
	case err != nil:
		m.left = true
		return err
	}
	if !here {
		if plain, err = m.join(folder, name, plain); err != nil {
			return err
		}
	}
	sealed, err := m.keys.seal(m.to, folder, name, plain)
	if err != nil {
		return err
	}
	if err := m.dst.write(folder, name, sealed); err != nil {
		return err
	}
	m.moved++
	if here {
		return nil
	}
	return place.remove(folder, name)
}

// join returns what is to stand in the new place: somebody may have written there since the pin. What
// they wrote is newer.
func (m *move) join(folder, name string, plain []byte) ([]byte, error) {
	there, err := m.dst.read(folder, name)
	if err == nil {
		there, err = m.dst.unseal(folder, name, there)
	}
	if errors.Is(err, ErrNone) || errors.Is(err, ErrCorrupt) || errors.Is(err, ErrKeyGone) {
		return plain, nil
	}
	if err != nil || folder != sessions {
		return there, err
	}
	var older, newer sessionFile
	if json.Unmarshal(plain, &older) != nil {
		return there, nil
	}
	if json.Unmarshal(there, &newer) != nil {
		return plain, nil
	}
	a, errA := older.session()
	b, errB := newer.session()
	merged, errM := a.Merge(b)
	if errors.Join(errA, errB, errM) != nil {
		return there, nil
	}
	newer.MSAL, newer.people = merged.Reveal(), merged.people
	return json.Marshal(newer)
}
