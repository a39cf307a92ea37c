package cache

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	maxFile   = 1 << 20 // bytes; a larger file is none of ours
	private   = 0o600
	privateD  = 0o700
	tempMark  = ".tmp-"
	asideMark = ".damaged"
	staleTemp = 10 * time.Minute // a temporary file of this age has lost its writer
)

// read returns the content of a file, or ErrNone. It opens nothing that could hang or lead elsewhere,
// and refuses a file that somebody else could have written. A file of ours that others may read is made
// private, with a note.
func (s *Store) read(folder, name string) ([]byte, error) {
	if s.Dir == "" {
		return nil, ErrNone
	}
	path := s.path(folder, name)
	f, err := s.open(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
		return nil, ErrNone
	}
	if isLink(err) {
		return nil, &Error{Path: path, What: "is a symbolic link"}
	}
	if err != nil {
		return nil, describe(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, describe(path, err)
	}
	if err := s.fit(path, info); err != nil {
		return nil, err
	}
	if others(info) {
		if err := s.try("chmod", path, func() error { return f.Chmod(private) }); err != nil {
			return nil, &Error{Path: path, What: "can be read by other users", Err: err}
		}
		s.note("%s could be read by other users; that is mended", path)
	}
	blob, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, describe(path, err)
	}
	return blob, nil
}

// fit says whether a file that was opened is one that entralogin can have written.
func (s *Store) fit(path string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return &Error{Path: path, What: "is a symbolic link"}
	case !info.Mode().IsRegular():
		return &Error{Path: path, What: "is not a regular file"}
	case !ours(info):
		return &Error{Path: path, What: "belongs to another user"}
	case links(info) > 1:
		return &Error{Path: path, What: "has more than one name (a hard link)"}
	case info.Size() > maxFile:
		return &Error{Path: path, What: "is larger than 1 MiB"}
	}
	return nil
}

// write replaces a file: a private temporary file in the same folder, flushed to the disk, then renamed.
// On any error the old file is whole. Callers hold the lock that guards the file.
func (s *Store) write(folder, name string, blob []byte) (err error) {
	path := s.path(folder, name)
	defer func() { err = describe(path, err) }()
	if len(blob) > maxFile {
		return &Error{Path: path, What: "would be larger than 1 MiB"}
	}
	if err := s.prepare(folder); err != nil {
		return err
	}
	if info, err := os.Lstat(path); err == nil {
		if err := s.fit(path, info); err != nil {
			return err
		}
	}
	temp := path + tempMark + rand.Text()
	f, err := s.open(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.unlink(temp)
		}
	}()
	err = s.try("write", temp, func() error { _, err := f.Write(blob); return err })
	err = errors.Join(err, s.try("fsync", temp, f.Sync))
	if err = errors.Join(err, f.Close(), s.try("close", temp, nil)); err != nil {
		return err
	}
	if err := s.try("rename", path, func() error { return os.Rename(temp, path) }); err != nil {
		return err
	}
	// The rename itself has happened: a failure here loses nothing.
	s.try("fsync folder", path, func() error { syncFolder(filepath.Dir(path)); return nil })
	return nil
}

// try makes a call of the file system, unless a test has it fail.
func (s *Store) try(op, path string, call func() error) error {
	if s.step != nil {
		if err := s.step(op, path); err != nil {
			return err
		}
	}
	if call == nil {
		return nil
	}
	return call()
}

// open opens a file without following a link or waiting for anybody.
func (s *Store) open(path string, flags int) (f *os.File, err error) {
	err = s.try("open", path, func() error { f, err = os.OpenFile(path, flags|openSafely, private); return err })
	return f, err
}

// prepare makes the folder and those above it, private to the user, and sweeps it: a writer that was
// killed leaves a temporary file that can hold a refresh token.
func (s *Store) prepare(folder string) error {
	if s.Dir == "" {
		return &Error{Path: "the cache", What: "has no place: neither HOME nor XDG_CACHE_HOME is set"}
	}
	dir := filepath.Join(s.Dir, folder)
	if _, done := s.dirs.Load(folder); done {
		if _, err := os.Lstat(dir); err == nil {
			return nil
		}
	}
	above := filepath.Dir(s.Dir)
	if err := s.try("mkdir", above, func() error { return os.MkdirAll(above, privateD) }); err != nil {
		return describe(above, err)
	}
	if err := s.privateFolder(s.Dir, os.Stat); err != nil {
		return err
	}
	s.tag()
	if _, moved := s.dirs.LoadOrStore(earlierRefusals, true); !moved {
		s.moveEarlier()
	}
	if folder != "" {
		if err := s.privateFolder(dir, os.Lstat); err != nil {
			return err
		}
	}
	s.sweep(dir)
	s.dirs.Store(folder, true)
	return nil
}

func (s *Store) privateFolder(dir string, stat func(string) (fs.FileInfo, error)) error {
	if err := s.try("mkdir", dir, func() error { return os.Mkdir(dir, privateD) }); err != nil && !errors.Is(err, fs.ErrExist) {
		return describe(dir, err)
	}
	info, err := stat(dir)
	switch {
	case err != nil:
		return describe(dir, err)
	case !info.IsDir():
		return &Error{Path: dir, What: "is not a folder"}
	case !ours(info):
		return &Error{Path: dir, What: "belongs to another user"}
	case others(info):
		if err := s.try("chmod", dir, func() error { return os.Chmod(dir, privateD) }); err != nil {
			return describe(dir, err)
		}
		s.note("%s was open to other users; that is mended", dir)
	}
	return nil
}

// tag marks the folder as a cache for backup programs: https://bford.info/cachedir/. A backup without
// the tag is no reason to fail. A tag without content was left by a writer that was killed, or by a full
// disk.
func (s *Store) tag() {
	path := filepath.Join(s.Dir, "CACHEDIR.TAG")
	if info, err := os.Lstat(path); err == nil && (!info.Mode().IsRegular() || info.Size() > 0) {
		return
	}
	const text = "Signature: 8a477f597d28d172789f06886806bc55\n" +
		"# This folder holds the tokens and sessions of entralogin. Don't back it up.\n"
	f, err := s.open(path, os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return
	}
	defer f.Close()
	s.try("write", path, func() error { _, err := io.WriteString(f, text); return err })
}

// isTemp reports whether a file is a temporary one: ".tmp-" and the 26 characters of rand.Text end its
// name. A session of a host such as "login.tmp-a.example" is none.
func isTemp(name string) bool {
	const random = 26
	i := strings.LastIndex(name, tempMark)
	return i >= 0 && len(name)-i-len(tempMark) == random
}

// sweep removes the temporary files of writers that were killed.
func (s *Store) sweep(dir string) {
	entries, err := s.readDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !isTemp(e.Name()) {
			continue
		}
		if info, err := e.Info(); err == nil && s.now().Sub(info.ModTime()) > staleTemp {
			s.unlink(filepath.Join(dir, e.Name()))
		}
	}
}

func (s *Store) unlink(path string) error {
	return s.try("unlink", path, func() error { return os.Remove(path) })
}

func (s *Store) readDir(dir string) (entries []fs.DirEntry, err error) {
	err = s.try("readdir", dir, func() error { entries, err = os.ReadDir(dir); return err })
	return entries, err
}

// remove deletes a file and what was set aside of it. A file that is not there is no error.
func (s *Store) remove(folder, name string) error {
	if s.Dir == "" {
		return nil
	}
	for _, path := range []string{s.path(folder, name), s.path(folder, name) + asideMark} {
		if err := s.unlink(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDir(err) {
			return describe(path, err)
		}
	}
	return nil
}

// setAside renames a damaged file, so that it is as if there were none. Callers hold its lock.
func (s *Store) setAside(folder, name string) error {
	path := s.path(folder, name)
	if err := s.try("rename", path, func() error { return os.Rename(path, path+asideMark) }); err != nil {
		return describe(path, err)
	}
	s.note("%s was damaged and is set aside as %s", path, filepath.Base(path)+asideMark)
	return nil
}

// list returns the names of the finished files in a folder.
func (s *Store) list(folder string) ([]string, error) {
	if s.Dir == "" {
		return nil, nil
	}
	entries, err := s.readDir(filepath.Join(s.Dir, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, describe(filepath.Join(s.Dir, folder), err)
	}
	var names []string
	for _, e := range entries {
		if !isTemp(e.Name()) && !strings.HasSuffix(e.Name(), asideMark) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}
