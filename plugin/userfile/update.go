// Package userfile replaces files that a person writes, such as a kubeconfig: whole or not at all, and with all that
// others have written meanwhile.
package userfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/entralogin/entralogin/plugin/text"
)

const (
	newMark    = ".entralogin-new"
	backupMark = ".entralogin-backup"
	beforeMark = ".entralogin-before" // the backup of a file that is written in place
)

// Updater replaces files of one kind.
type Updater struct {
	Read func(path string) ([]byte, error) // errors.Is(err, fs.ErrNotExist) tells that there is no such file
	Lock Lock
	// Prove looks at the new file before it takes its place; nil for a kind that needs no proof. Where it fails nothing is
	// changed.
	Prove func(file string) error

	// stubbable for testing
	before func(op string) error // fails an operation
}

// Update replaces a file by what edit makes of it: of nil, if there is no such file yet. Where edit changes nothing,
// nothing is written.
//
// A symbolic link is followed, mode and owner stay. The new file takes the place of the old one in one step; until then
// a copy of the old one stands beside it. So a file that has hard links is refused: its other names would keep the old
// one. A file that is a mount of its own is written in place. Errors are those of Read, of edit and of Prove, *Error, *LockError
// and *WriteError.
func (u Updater) Update(ctx context.Context, path string, edit func(old []byte) (edited []byte, err error)) error {
	place, err := follow(path)
	if err != nil {
		return err
	}
	if info, err := os.Stat(place); err == nil && !info.Mode().IsRegular() {
		return &Error{path, "is not a regular file", nil}
	}
	for _, file := range []string{path, place} {
		folder := filepath.Dir(file)
		if err := u.try("make its folder", func() error { return os.MkdirAll(folder, 0o700) }); err != nil {
			return &WriteError{path, "make its folder", err}
		}
	}
	for _, file := range slices.Compact([]string{path, place}) { // somebody may know the file by its own name
		unlock, err := u.lock(ctx, path, file)
		if err != nil {
			return err
		}
		defer unlock()
	}
	if before := place + beforeMark; exists(before) {
		return &Error{path, "was being written when the program was ended; what it held before is in " + text.Short(before, 200) +
			": copy that back into it (cp), or delete it if the file is whole", nil}
	}
	old, err := u.Read(place)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	edited, err := edit(old)
	if err != nil {
		return err
	}
	if bytes.Equal(old, edited) {
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if missing {
		return u.write(place, nil, edited, nil)
	}
	return u.replace(place, old, edited)
}

// follow returns the file that a path leads to, over links, whether the file exists or not.
func follow(path string) (string, error) {
	place := path
	for range 40 {
		info, err := os.Lstat(place)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return place, nil // what else is wrong shows when it is read
		}
		to, err := os.Readlink(place)
		if err != nil {
			return "", &Error{path, "can't be followed: " + text.SystemWords(err), err}
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(place), to)
		}
		place = to
	}
	return "", &Error{path, "is a link that leads nowhere", nil}
}

// lock locks file, which is another name of the one at path, or the same.
func (u Updater) lock(ctx context.Context, path, file string) (unlock func(), err error) {
	err = u.try("lock it", func() (err error) { unlock, err = u.Lock(ctx, file); return err })
	var held *LockError
	switch {
	case errors.As(err, &held):
		return nil, &LockError{path, held.Lock, held.Since}
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, &WriteError{path, "lock it", err}
	}
	return unlock, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// replace puts edited in the place of an existing file. Its lock is held.
func (u Updater) replace(place string, old, edited []byte) error {
	info, err := os.Stat(place)
	if err != nil {
		return &Error{place, "can't be examined: " + text.SystemWords(err), err}
	}
	f, err := os.OpenFile(place, os.O_WRONLY, 0) // who may not write to it may not replace it
	if err != nil {
		return &WriteError{place, "open it", err}
	}
	n, err := links(f)
	f.Close()
	if err != nil {
		return &Error{place, "can't be examined: " + text.SystemWords(err), err}
	}
	if n > 1 {
		return &Error{place, fmt.Sprintf("has %d names (hard links), of which a change would reach one alone; give it a copy of its own (cp FILE NEW && mv NEW FILE), or make the others symbolic links", n), nil}
	}
	backup := place + backupMark
	if err := u.create(place, "make a backup", backup, old, info.Mode().Perm()&0o600, nil); err != nil {
		return err
	}
	defer os.Remove(backup)
	return u.write(place, old, edited, info)
}

// write puts a new file in its place, with the mode and the owner of the one that info describes, which holds old.
func (u Updater) write(place string, old, edited []byte, info fs.FileInfo) error {
	mode := fs.FileMode(0o600)
	if info != nil {
		mode = info.Mode().Perm()
	}
	temp := place + newMark
	if err := u.create(place, "write the new file", temp, edited, mode, info); err != nil {
		return err
	}
	if u.Prove != nil {
		if err := u.Prove(temp); err != nil {
			os.Remove(temp)
			return err
		}
	}
	if err := u.try("rename the new file", func() error { return os.Rename(temp, place) }); err != nil {
		os.Remove(temp)
		if errors.Is(err, syscall.EBUSY) { // it is a mount of its own: https://man7.org/linux/man-pages/man2/rename.2.html
			return u.writeInPlace(place, old, edited)
		}
		return &WriteError{place, "rename the new file", err}
	}
	// The rename has happened: a failure here loses nothing.
	u.try("flush the folder", func() error { syncFolder(filepath.Dir(place)); return nil })
	return nil
}

// writeInPlace writes into an existing file. Its backup stays until the file was read back, so that a kill loses nothing.
func (u Updater) writeInPlace(place string, old, edited []byte) error {
	before := place + beforeMark
	if err := os.Rename(place+backupMark, before); err != nil {
		return &WriteError{place, "keep the backup", err}
	}
	err := u.overwrite(place, edited)
	if err != nil {
		if u.overwrite(place, old) != nil {
			return &Error{place, "could not be written, nor put back: " + text.SystemWords(err) + "; what it held before is in " + text.Short(before, 200), err}
		}
		err = &WriteError{place, "write it in place", err}
	}
	os.Remove(before)
	return err
}

// overwrite makes content all that a file holds, and reads it back.
func (u Updater) overwrite(place string, content []byte) error {
	f, err := os.OpenFile(place, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	err = u.try("write it in place", func() error { _, err := f.Write(content); return err })
	if err == nil {
		err = u.try("cut the rest off", func() error { return f.Truncate(int64(len(content))) })
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if now, err := u.Read(place); err != nil || !bytes.Equal(now, content) {
		return errors.Join(errors.New("it does not hold what was written"), err)
	}
	return nil
}

// create makes a file and flushes it to the disk. What stands there was left by a program that was killed:
// the lock is held.
func (u Updater) create(place, op, path string, content []byte, mode fs.FileMode, owner fs.FileInfo) (err error) {
	defer func() {
		if err != nil {
			err = &WriteError{place, op, err}
		}
	}()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode&0o600)
	if err != nil {
		return err
	}
	err = u.try(op, func() error { _, err := f.Write(content); return err })
	if owner != nil && err == nil {
		keepOwner(f, owner)
		err = f.Chmod(mode)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

func (u Updater) try(op string, call func() error) error {
	if u.before != nil {
		if err := u.before(op); err != nil {
			return err
		}
	}
	return call()
}
