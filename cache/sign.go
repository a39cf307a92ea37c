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
func (s *Store) signature(path string) string {
	if mandatoryLocks || s.mandatory {
		return path + holderMark
	}
	return path
}

// sign writes into the lock file who has it, for those who wait. It is a courtesy: a failure is none.
func (s *Store) sign(path string) {
	before, h := s.holder(path), self()
	h.Since, h.Failed, h.FailedAt = s.now().UTC(), before.Failed, before.FailedAt
	s.leave(path, h)
}

// SayFailed tells those who wait for the lock of a session that its holder could not reach the service.
// Its lock is held.
func (s *Store) SayFailed(id SessionID, why string) {
	path := s.path(locks, sessionLock+sessionName(id))
	h := s.holder(path)
	h.Failed, h.FailedAt = why, s.now().UTC()
	s.leave(path, h)
}

// LastFailed returns what SayFailed was told last, and when. The session's lock is held.
func (s *Store) LastFailed(id SessionID) (why string, when time.Time) {
	h := s.holder(s.path(locks, sessionLock+sessionName(id)))
	return h.Failed, h.FailedAt
}

func (s *Store) leave(path string, h Holder) {
	blob, err := json.Marshal(h)
	if err != nil {
		return
	}
	path = s.signature(path)
	f, err := s.open(path, os.O_WRONLY|os.O_TRUNC|os.O_CREATE)
	if err != nil {
		return
	}
	defer f.Close()
	s.try("write", path, func() error { _, err := f.Write(blob); return err })
}

// holder reads who has a lock, or had it last.
func (s *Store) holder(path string) Holder {
	f, err := s.open(s.signature(path), os.O_RDONLY)
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
