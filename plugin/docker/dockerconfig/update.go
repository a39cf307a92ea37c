package dockerconfig

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/entralogin/entralogin/plugin/userfile"
)

const lockWait = 5 * time.Second // no other holds the lock for longer than a write

// Load reads and parses a file; one that is not there is empty. Errors: *Error.
func Load(path string) (File, error) {
	content, err := readFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return File{}, err
	}
	f, err := Parse(content)
	return f, at(path, err)
}

// Update makes a change in the file at path, as userfile.Updater does. Neither docker nor podman takes a lock there: the
// moment between reading and renaming is all in which one of them could be overwritten. Errors are those of File.Edit,
// *Error, *LockError and *WriteError.
func Update(ctx context.Context, path string, c Change) (Edited, error) {
	var done Edited
	u := userfile.Updater{Read: readFile, Lock: userfile.Held(lockWait)}
	err := u.Update(ctx, path, func(old []byte) ([]byte, error) {
		f, err := Parse(old)
		if err == nil {
			done, err = f.Edit(c)
		}
		return done.Text, at(path, err)
	})
	if err != nil {
		return Edited{}, err
	}
	return done, nil
}

func readFile(path string) ([]byte, error) { return userfile.Read(path, maxFile) }

// at adds the path to an error that does not know it.
func at(path string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Path == "" {
		return &Error{Path: path, What: e.What, Err: e.Err}
	}
	return err
}
