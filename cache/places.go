package cache

import (
	"context"
	"errors"
)

// elsewhere returns the other place where what is stored may lie, nil if there is none: the cache folder proper, or
// the one in memory.
func (s *Store) elsewhere() *Folder {
	if home := s.home(); s.Dir != home.Dir {
		return home
	}
	dir, err := s.memoryDir()
	if err != nil {
		return nil
	}
	return s.at(dir, true)
}

// places are those where the files of a session may lie whose lock is held, the one in use first: two of them while
// a move to or from memory is under way, which waits for that lock, or was killed.
func (s *Store) places() []*Folder {
	if p, err := s.pinned(); err == nil && p.From != "" && s.unpinned == nil && (p.From == Memory || p.Storage == Memory) {
		if other := s.elsewhere(); other != nil {
			return []*Folder{&s.Folder, other}
		}
	}
	return []*Folder{&s.Folder}
}

// everywhere does something in each of the places.
func (s *Store) everywhere(do func(*Folder) error) error {
	var failed []error
	for _, place := range s.places() {
		failed = append(failed, do(place))
	}
	return errors.Join(failed...)
}

// find is decode in each of the places. A file that is not in the one may be on its way from there to the other, and
// so the first is looked at again.
func (s *Store) find(folder, name string, v record) error {
	err := s.decode(folder, name, v)
	if !errors.Is(err, ErrNone) || s.Dir == "" {
		return err
	}
	for _, other := range s.places()[1:] {
		if err := other.decode(folder, name, v); !errors.Is(err, ErrNone) {
			return err
		}
		err = s.decode(folder, name, v)
	}
	return err
}

// stay takes the lock of the storage, so that nothing moves meanwhile. Where no lock can be had nothing can move.
// Errors: *LockError, or the cause of ctx.
func (s *Store) stay(ctx context.Context) (unlock func(), err error) {
	unlock, err = s.home().lock(ctx, storageLock, s.bounded("has been moving files"))
	if place := (*Error)(nil); errors.As(err, &place) && !errors.Is(err, ErrForeign) {
		return func() {}, nil
	}
	if err == nil {
		s.Locate()
	}
	return unlock, err
}
