package cache

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
func (s *Folder) read(folder, name string) ([]byte, error) {
	if s.Dir == "" {
		return nil, ErrNone
	}
	path := s.path(folder, name)
	s.Trace.File(path)
	f, err := s.open(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
		return nil, ErrNone
	}
	if isLink(err) {
		return nil, &Error{Path: path, What: "is a symbolic link"}
	}
	if errors.Is(err, fs.ErrPermission) && s.mendModes(folder, path) {
		f, err = s.open(path, os.O_RDONLY)
	}
	if err != nil {
		return nil, describe(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, describe(path, err)
	}
	if err := fit(path, info); err != nil {
		return nil, err
	}
	if others(info) {
		if err := s.checkFolder(); err != nil {
			return nil, err
		}
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

// mendModes gives the user the rights on a file, and on the folders around it, that a umask such as 0777 took
// from what earlier versions made. It reports whether there was anything to mend.
func (s *Folder) mendModes(folder, path string) (mended bool) {
	if s.checkFolder() != nil {
		return false
	}
	mend := func(path string, info fs.FileInfo, least, mode fs.FileMode) {
		if info.Mode().Perm()&least != least && s.try("chmod", path, func() error { return os.Chmod(path, mode) }) == nil {
			mended = true
			s.note("%s could not be read by yourself; that is mended", path)
		}
	}
	if info, err := fittingFolder(s.Dir, os.Stat); s.Ours && err == nil {
		mend(s.Dir, info, 0o500, privateD)
	}
	dir := filepath.Join(s.Dir, folder)
	if info, err := fittingFolder(dir, os.Lstat); folder != "" && err == nil {
		mend(dir, info, 0o500, privateD)
	}
	if info, err := fitting(path); err == nil {
		mend(path, info, 0o400, private)
	}
	return mended
}

// fit says whether a file that was opened is one that entralogin can have written.
func fit(path string, info fs.FileInfo) error {
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

// fitting is fit for a file that is not open; the error is another one where there is none.
func fitting(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err == nil {
		err = fit(path, info)
	}
	return info, err
}

// try makes a call of the file system, unless a test has it fail.
func (s *Folder) try(op, path string, call func() error) error {
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

// patiently is try where others may have a file open just now, as Windows does not let go of it then. It tries for
// about a second.
func (s *Folder) patiently(op, path string, call func() error) error {
	busy := isBusy
	if s.busy != nil {
		busy = s.busy
	}
	const longest = 640 * time.Millisecond
	for wait := 5 * time.Millisecond; ; wait *= 2 {
		err := s.try(op, path, call)
		if err == nil || !busy(err) || wait > longest {
			return err
		}
		time.Sleep(wait)
	}
}

// rename puts a file in a place, or in the place of another.
func (s *Folder) rename(from, to string) error {
	return s.patiently("rename", to, func() error { return os.Rename(from, to) })
}

// open opens a file without following a link or waiting for anybody.
func (s *Folder) open(path string, flags int) (f *os.File, err error) {
	err = s.patiently("open", path, func() error { f, err = os.OpenFile(path, flags|openSafely, private); return err })
	return f, err
}

// isTemp reports whether a file is a temporary one: ".tmp-" and the 26 characters of rand.Text end its
// name. A session of a host such as "login.tmp-a.example" is none.
func isTemp(name string) bool {
	const random = 26
	i := strings.LastIndex(name, tempMark)
	return i >= 0 && len(name)-i-len(tempMark) == random
}

func (s *Folder) unlink(path string) error {
	return s.patiently("unlink", path, func() error { return os.Remove(path) })
}

func (s *Folder) readDir(dir string) (entries []fs.DirEntry, err error) {
	err = s.try("readdir", dir, func() error { entries, err = os.ReadDir(dir); return err })
	return entries, err
}

// remove deletes a file, what was set aside of it and the room for its next one. A file that is not there is no error.
func (s *Folder) remove(folder, name string) error {
	if s.Dir == "" {
		return nil
	}
	path := s.path(folder, name)
	paths := []string{path, path + asideMark}
	if folder == sessions {
		paths = append(paths, s.path(spare, name))
	}
	for _, path := range paths {
		if err := s.unlink(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !isNotDir(err) {
			return describe(path, err)
		}
	}
	return nil
}

// setAside renames a damaged file, so that it is as if there were none. Callers hold its lock.
func (s *Folder) setAside(folder, name string) error {
	path := s.path(folder, name)
	if err := s.rename(path, path+asideMark); err != nil {
		return describe(path, err)
	}
	s.note("%s was damaged and is set aside as %s", path, filepath.Base(path)+asideMark)
	return nil
}

// list returns the names of the finished files in a folder that are entralogin's.
func (s *Folder) list(folder string) ([]string, error) {
	if s.Dir == "" {
		return nil, nil
	}
	names, err := s.files(folder)
	return slices.DeleteFunc(names, func(name string) bool { return !isOwn(folder, name) || finished(name) != name }), err
}
