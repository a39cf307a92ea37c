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

// baseLock returns the name of the lock that a file belongs to.
func baseLock(name string) string {
	name, _, _ = strings.Cut(name, heldMark+brokenMark)
	return strings.TrimSuffix(strings.TrimSuffix(name, heldMark), holderMark)
}

// held is such a lock.
type held struct {
	*Folder
	path string
}

// take makes the file of the lock. unlock is nil while somebody else has it.
func (s held) take() (unlock func(), err error) {
	nonce, err := s.make()
	if err == nil {
		return func() { s.end(nonce) }, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, describe(s.path, err)
	}
	h, err := s.read()
	if err == nil && h != nil && h.over(s.path) {
		s.breakOff(*h)
	}
	return nil, err
}

// make makes a lock that was not there, and signs it.
func (s held) make() (nonce string, err error) {
	f, err := s.create(s.path)
	if err != nil {
		return "", err
	}
	h := heldFile{Holder: self(), Nonce: rand.Text()}
	h.Since = s.now().UTC()
	blob, err := json.Marshal(h)
	if err == nil {
		err = s.try("write", s.path, func() error { _, err := f.Write(blob); return err })
	}
	if err = errors.Join(err, f.Close()); err == nil {
		var now *heldFile
		if now, err = s.read(); err == nil && (now == nil || now.Nonce != h.Nonce) {
			return "", fs.ErrExist // this process was stopped before it signed, and somebody broke the lock
		}
	}
	if err != nil {
		s.unlink(s.path)
	}
	return h.Nonce, err
}

// end deletes the lock, if it is still the one with the nonce.
func (s held) end(nonce string) {
	if h, err := s.read(); err == nil && h != nil && h.Nonce == nonce {
		s.unlink(s.path)
	}
}

// read returns what stands in the lock, nil if there is none.
func (s held) read() (*heldFile, error) {
	f, err := s.open(s.path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, describe(s.path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = fit(s.path, info)
	}
	if err != nil {
		return nil, describe(s.path, err)
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

// breakOff deletes a lock that is over. The right to do so is a lock as well, named by the nonce of what is broken,
// so that nobody deletes the lock that another one has made in its place: while that right is held, nothing but
// its holder changes the lock, and when it is had, the lock is looked at again.
func (s held) breakOff(dead heldFile) {
	right := held{s.Folder, s.path + brokenMark + dead.Nonce}
	nonce, err := right.make()
	if err != nil {
		if h, err := right.read(); err == nil && h != nil && h.over(s.path) {
			right.breakOff(*h)
		}
		return
	}
	if h, err := s.read(); err == nil && h != nil && h.Nonce == dead.Nonce && h.over(s.path) {
		s.unlink(s.path)
	}
	right.end(nonce)
}
