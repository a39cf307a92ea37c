package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// prepare makes the folder and those above it, private to the user, and sweeps it: a writer that was
// killed leaves a temporary file that can hold a refresh token.
func (s *Folder) prepare(folder string) error {
	if s.Dir == "" {
		return &Error{Path: "the cache", What: "has no place: neither HOME nor XDG_CACHE_HOME is set"}
	}
	dir := filepath.Join(s.Dir, folder)
	if _, done := s.dirs.Load(folder); done {
		if _, err := os.Lstat(dir); err == nil {
			return nil
		}
	}
	if err := s.cacheFolder(); err != nil {
		return err
	}
	if _, moved := s.dirs.LoadOrStore(earlierRefusals, true); !moved {
		s.moveEarlier()
	}
	if folder != "" {
		made, err := s.mkdir(dir)
		if err != nil {
			return err
		}
		if err := s.private(dir, os.Lstat, !made); err != nil {
			return err
		}
	}
	s.sweep(folder)
	s.dirs.Store(folder, true)
	return nil
}

// cacheFolder makes the cache folder, or looks whether the one that is there is entralogin's.
func (s *Folder) cacheFolder() error {
	above := filepath.Dir(s.Dir)
	if err := s.try("mkdir", above, func() error { return mkdirAll(above) }); err != nil {
		return describe(above, err)
	}
	made, err := s.mkdir(s.Dir)
	if err != nil {
		return err
	}
	if !made {
		if err := s.checkFolder(); err != nil {
			return err
		}
	}
	kind := s.tagged()
	if made || s.Ours || kind == tagMade {
		if err := s.private(s.Dir, os.Stat, !made); err != nil {
			return err
		}
	}
	s.tag(kind, made)
	return nil
}

// mkdir makes a folder, private whatever the umask is. It reports whether there was none.
func (s *Folder) mkdir(dir string) (made bool, err error) {
	err = s.try("mkdir", dir, func() error { return mkdir(dir) })
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, describe(dir, err)
}

func mkdir(dir string) error {
	if err := os.Mkdir(dir, privateD); err != nil {
		return err
	}
	return os.Chmod(dir, privateD)
}

// mkdirAll makes a folder and those above it. The mode of what is there already is left as it is.
func mkdirAll(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	} else if err == nil || filepath.Dir(dir) == dir {
		return err
	}
	if err := mkdirAll(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := mkdir(dir); !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// private sees to it that a folder is one, belongs to the user and is open to nobody else. said is whether a
// change of its mode is worth a word.
func (s *Folder) private(dir string, stat func(string) (fs.FileInfo, error), said bool) error {
	info, err := fittingFolder(dir, stat)
	if err != nil {
		return describe(dir, err)
	}
	const usable = 0o500 // whoever takes the right to write from a folder knows why
	if !others(info) && info.Mode()&usable == usable {
		return nil
	}
	if err := s.try("chmod", dir, func() error { return os.Chmod(dir, privateD) }); err != nil {
		return describe(dir, err)
	}
	if said && others(info) {
		s.note("%s was open to other users; that is mended", dir)
	}
	return nil
}

// fittingFolder says whether a folder is one that entralogin may write in.
func fittingFolder(dir string, stat func(string) (fs.FileInfo, error)) (fs.FileInfo, error) {
	info, err := stat(dir)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, &Error{Path: dir, What: "is a symbolic link"}
	case !info.IsDir():
		return nil, &Error{Path: dir, What: "is not a folder"}
	case !ours(info):
		return nil, &Error{Path: dir, What: "belongs to another user"}
	}
	return info, nil
}

// sweep removes the temporary files of writers that were killed.
func (s *Folder) sweep(folder string) {
	_ = s.empty(folder, func(name string) bool {
		if !isTemp(name) {
			return false
		}
		info, err := os.Lstat(s.path(folder, name))
		return err == nil && s.now().Sub(info.ModTime()) > staleTemp
	})
}
