package cache

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

// holderMark names the file beside a lock where its holder is written on a system that lets nobody read a file that
// is locked.
const holderMark = ".holder"

// signature is where the holder of a lock says who it is.
func (l lock) signature() string {
	if mandatoryLocks || l.mandatory {
		return l.path + holderMark
	}
	return l.path
}

// sign writes into the lock file who has it, for those who wait. It is a courtesy: a failure is none.
func (l lock) sign() {
	before, h := l.holder(), self()
	h.Since, h.Failed, h.FailedAt = l.now().UTC(), before.Failed, before.FailedAt
	l.leave(h)
}

// SayFailed tells those who wait for the lock of a session that its holder could not reach the service.
// Its lock is held.
func (s *Store) SayFailed(id SessionID, why string) {
	l := s.lockOf(sessionLock + sessionName(id))
	h := l.holder()
	h.Failed, h.FailedAt = why, s.now().UTC()
	l.leave(h)
}

// LastFailed returns what SayFailed was told last, and when. The session's lock is held.
func (s *Store) LastFailed(id SessionID) (why string, when time.Time) {
	h := s.lockOf(sessionLock + sessionName(id)).holder()
	return h.Failed, h.FailedAt
}

func (l lock) leave(h Holder) {
	blob, err := json.Marshal(h)
	if err != nil {
		return
	}
	path := l.signature()
	f, err := l.open(path, os.O_WRONLY|os.O_TRUNC|os.O_CREATE)
	if err != nil {
		return
	}
	defer f.Close()
	l.try("write", path, func() error { _, err := f.Write(blob); return err })
}

// holder reads who has the lock, or had it last.
func (l lock) holder() Holder {
	f, err := l.open(l.signature(), os.O_RDONLY)
	if err != nil {
		return Holder{}
	}
	defer f.Close()
	var h Holder
	blob, err := io.ReadAll(io.LimitReader(f, 1024))
	if errors.Join(err, json.Unmarshal(blob, &h)) != nil {
		return Holder{}
	}
	return h
}
