package config

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/userfile"
)

// lockWait is how long another writer of the file is waited for. It has the lock for milliseconds.
const lockWait = 5 * time.Second

// Update makes changes in a config file, as Edit does; a file that is missing is made, and its folder. A symbolic link
// is followed. Writers wait for each other, and a writer that is killed leaves the old file or the new one. Errors: those
// of Edit, *userfile.Error, *userfile.LockError, *userfile.WriteError.
func Update(ctx context.Context, path string, changes ...Change) error {
	edit := func(old []byte) ([]byte, error) { return Edit(path, old, changes...) }
	old, err := text.ReadUserFileMarked(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) { // what is refused makes no folder, and what changes nothing needs no lock
		if edited, err := edit(old); err != nil || bytes.Equal(old, edited) {
			return err
		}
	}
	return Replace(ctx, path, edit)
}

// Replace makes of a config file what edit makes of its text, a byte order mark included: of nil where there is no file.
// That the reader takes it is for edit to see to.
func Replace(ctx context.Context, path string, edit func(old []byte) ([]byte, error)) error {
	return userfile.Updater{Read: text.ReadUserFileMarked, Lock: userfile.Held(lockWait)}.Update(ctx, path, edit)
}

// Path is the config file of a call with these flags, there or not: the one that is named, or the default. Errors:
// *Error where there is no place for one.
func (c Source) Path(flags Layer) (path string, notes []string, err error) {
	path, _ = Settings{flags}.With(c.environment()).Get(ConfigFile)
	if path == "" {
		path, notes = c.DefaultFile()
	}
	if path == "" {
		err = &Error{Name: ConfigFile, What: "is not set, and neither is HOME: there is no place for a config file"}
	}
	return path, notes, err
}
