package cache

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// write replaces a file: a private temporary file in the same folder, flushed to the disk, then renamed.
// On any error the old file is whole. Callers hold the lock that guards the file.
func (s *Folder) write(folder, name string, blob []byte) (err error) {
	path := s.path(folder, name)
	defer func() { err = describe(path, err) }()
	if len(blob) > maxFile {
		return &Error{Path: path, What: "would be larger than 1 MiB"}
	}
	if err := s.prepare(folder); err != nil {
		return err
	}
	if info, err := fitting(path); err != nil && info != nil {
		return err
	}
	temp := path + tempMark + rand.Text()
	f, err := s.temporary(folder, name, temp)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.unlink(temp)
		}
	}()
	lasting := folder != renewals // a record of those is not worth the wait: it counts for minutes
	if err := s.fill(f, temp, blob, lasting); err != nil {
		return err
	}
	if err := s.rename(temp, path); err != nil {
		return err
	}
	// The rename itself has happened: a failure here loses nothing.
	if lasting {
		s.try("fsync folder", path, func() error { syncFolder(filepath.Dir(path)); return nil })
	}
	if folder == sessions {
		_ = s.reserve(name, len(blob)) // what the old file took is free by now
	}
	return nil
}

// temporary opens a new file to be written, or the one for which there is room already.
func (s *Folder) temporary(folder, name, temp string) (*os.File, error) {
	if folder == sessions {
		if f := s.takeSpare(name, temp); f != nil {
			return f, nil
		}
	}
	return s.create(temp)
}

// create makes a private file, whatever the umask is.
func (s *Folder) create(path string) (*os.File, error) {
	f, err := s.open(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, err
	}
	if err := s.try("chmod", path, func() error { return f.Chmod(private) }); err != nil {
		f.Close()
		s.unlink(path)
		return nil, err
	}
	return f, nil
}

// fill writes a file and closes it; one that is lasting is flushed to the disk.
func (s *Folder) fill(f *os.File, path string, blob []byte, lasting bool) error {
	err := s.try("write", path, func() error { _, err := f.Write(blob); return err })
	err = errors.Join(err, s.try("truncate", path, func() error { return f.Truncate(int64(len(blob))) }))
	if lasting {
		if flushed := s.try("fsync", path, f.Sync); !cannotFlush(flushed) {
			err = errors.Join(err, flushed)
		}
	}
	return errors.Join(err, f.Close(), s.try("close", path, nil))
}

// cannotFlush reports whether an error of fsync says that the file system has no such thing: EINVAL and
// ENOSYS, https://man7.org/linux/man-pages/man2/fsync.2.html, or ENOTSUP. What was written is written.
func cannotFlush(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported)
}
