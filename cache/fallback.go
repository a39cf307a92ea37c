package cache

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"
)

// Where a file system has no flock a lock is a file that only one process can make (O_EXCL,
// https://man7.org/linux/man-pages/man2/open.2.html). It says who made it, and is deleted at the end. The system
// does not delete it when its holder is killed, so whoever finds a lock of a process that is no more breaks it.
const (
	heldMark   = ".held"
	brokenMark = ".broken-" // and the nonce of the lock that is being broken
)

const (
	// unsignedLife is how long a lock may stand that does not say whose it is: its maker writes that at once.
	unsignedLife = 10 * time.Second
	// Locks are broken after this time where it can't be known whether their holder is still there: it runs on
	// another machine, or in another container. A code lives for 15 minutes.
	unknownLife       = 3 * time.Minute
	unknownSignInLife = 20 * time.Minute
)

// heldFile is the content of such a lock.
type heldFile struct {
	Holder
	Nonce string `json:"nonce"` // tells it from every other lock of that name

	age time.Duration
}

// noLocks reports whether an error of flock says that the file system has none: ENOLCK, ENOSYS, EOPNOTSUPP, or EIO,
// as NFS answers without its lock daemon.
func noLocks(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.EIO)
}

// lockOf returns the name of the lock that a file belongs to.
func lockOf(name string) string {
	name, _, _ = strings.Cut(name, heldMark+brokenMark)
	return strings.TrimSuffix(strings.TrimSuffix(name, heldMark), holderMark)
}

// tryHeld makes the file of a lock. unlock is nil while somebody else has it.
func (s *Store) tryHeld(path string) (unlock func(), err error) {
	nonce, err := s.makeHeld(path)
	if err == nil {
		return func() { s.unlinkHeld(path, nonce) }, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, describe(path, err)
	}
	h, err := s.readHeld(path)
	if err != nil || h == nil {
		return nil, err
	}
	if h.over(path) {
		s.breakHeld(path, *h)
	}
	return nil, nil
}

// makeHeld makes a lock that was not there, and signs it.
func (s *Store) makeHeld(path string) (nonce string, err error) {
	f, err := s.create(path)
	if err != nil {
		return "", err
	}
	h := heldFile{Holder: self(), Nonce: rand.Text()}
	h.Since = s.now().UTC()
	blob, err := json.Marshal(h)
	if err == nil {
		err = s.try("write", path, func() error { _, err := f.Write(blob); return err })
	}
	if err = errors.Join(err, f.Close()); err == nil {
		var now *heldFile
		if now, err = s.readHeld(path); err == nil && (now == nil || now.Nonce != h.Nonce) {
			return "", fs.ErrExist // this process was stopped before it signed, and somebody broke the lock
		}
	}
	if err != nil {
		s.unlink(path)
	}
	return h.Nonce, err
}

// unlinkHeld deletes a lock, if it is still the one with the nonce.
func (s *Store) unlinkHeld(path, nonce string) {
	if h, err := s.readHeld(path); err == nil && h != nil && h.Nonce == nonce {
		s.unlink(path)
	}
}

// readHeld returns what stands in a lock, nil if there is none.
func (s *Store) readHeld(path string) (*heldFile, error) {
	f, err := s.open(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, describe(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = s.fit(path, info)
	}
	if err != nil {
		return nil, describe(path, err)
	}
	h := &heldFile{}
	if json.NewDecoder(f).Decode(h) != nil {
		h = &heldFile{}
	}
	h.age = s.now().Sub(info.ModTime())
	return h, nil
}

// over reports whether the lock was left by a process that is no more, or seems to be.
func (h heldFile) over(path string) bool {
	switch p := h.process(); {
	case h.Nonce == "":
		return h.age > unsignedLife
	case p.known:
		return !p.alive
	case strings.Contains(path, signInLock):
		return h.age > unknownSignInLife
	}
	return h.age > unknownLife
}

// breakHeld deletes a lock that is over. The right to do so is a lock as well, named by the nonce of what is broken,
// so that nobody deletes the lock that another one has made in its place: while that right is held, nothing but
// its holder changes the lock, and when it is had, the lock is looked at again.
func (s *Store) breakHeld(path string, dead heldFile) {
	right := path + brokenMark + dead.Nonce
	nonce, err := s.makeHeld(right)
	if err != nil {
		if h, err := s.readHeld(right); err == nil && h != nil && h.over(path) {
			s.breakHeld(right, *h)
		}
		return
	}
	if h, err := s.readHeld(path); err == nil && h != nil && h.Nonce == dead.Nonce && h.over(path) {
		s.unlink(path)
	}
	s.unlinkHeld(right, nonce)
}
