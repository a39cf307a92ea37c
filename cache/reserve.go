package cache

import "os"

// The room for the next file of a session is taken before it is needed: the one that is replaced gives its own
// to a file in spare/. A refresh token can be good only once, and where the disk is full when its successor
// comes, the session is lost otherwise.

// spareRoom is how much a session may grow beyond twice its size, in bytes: by the entries of an account in
// some further tenants.
const spareRoom = 8 << 10

// Reserve makes room for the next KeepSession, be the disk full by then. It is called before a refresh token is
// sent. The session's lock is held. Errors: *Error, if there is no room; whether the token is sent all the same
// is the caller's to say.
func (s *Store) Reserve(id SessionID) error {
	size := 0
	if info, err := os.Lstat(s.path(sessions, sessionName(id))); err == nil && info.Mode().IsRegular() {
		size = int(min(info.Size(), maxFile))
	}
	return s.reserve(sessionName(id), size)
}

// reserve makes the spare of a session whose file has size bytes, or makes it larger.
func (s *Folder) reserve(name string, size int) error {
	if err := s.prepare(spare); err != nil {
		return err
	}
	path := s.path(spare, name)
	info, err := fitting(path)
	there := err == nil
	if there && info.Size() >= int64(min(size+spareRoom/2, maxFile)) {
		return nil
	}
	var f *os.File
	if there {
		f, err = s.open(path, os.O_WRONLY)
	} else {
		f, err = s.create(path)
	}
	if err != nil {
		return describe(path, err)
	}
	defer f.Close()
	err = s.try("allocate", path, func() error { return allocate(f, min(2*size+spareRoom, maxFile)) })
	if err != nil && !there {
		s.unlink(path)
	}
	return describe(path, err)
}

// takeSpare makes the spare of a session the temporary file that is written next; nil if there is none.
func (s *Folder) takeSpare(name, temp string) *os.File {
	path := s.path(spare, name)
	if _, err := fitting(path); err != nil {
		return nil
	}
	if err := s.rename(path, temp); err != nil {
		return nil
	}
	f, err := s.open(temp, os.O_WRONLY)
	if err != nil {
		s.unlink(temp)
		return nil
	}
	return f
}

// fillWithZeros takes room by writing.
func fillWithZeros(f *os.File, size int) error {
	_, err := f.Write(make([]byte, size))
	return err
}
