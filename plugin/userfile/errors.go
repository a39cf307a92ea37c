package userfile

import (
	"fmt"
	"time"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error says what is wrong with a file. Nothing was written.
type Error struct {
	Path string // "" where it is not known
	What string // what is wrong, without the path: "is no YAML"
	Err  error  // the system's error, or nil
}

func (e *Error) Error() string { return named(e.Path) + " " + e.What }

// Class is configuration.
func (e *Error) Class() failure.Class { return failure.Config }
func (e *Error) Unwrap() error        { return e.Err }

// LockError says that another program has kept a file locked for too long. Nothing was written.
type LockError struct {
	Path  string // of the file
	Lock  string // of the lock file
	Since time.Time
}

func (e *LockError) Error() string {
	return fmt.Sprintf("%s is locked since %s: %s exists", named(e.Path), e.Since.Format(time.DateTime), text.Short(e.Lock, 200))
}

// Class is lock.
func (e *LockError) Class() failure.Class { return failure.Lock }

// WriteError says that a file could not be replaced. It is as it was.
type WriteError struct {
	Path string
	Op   string // what failed: "make its folder"
	Err  error
}

func (e *WriteError) Error() string {
	return fmt.Sprintf("%s can't be written (%s): %s", named(e.Path), e.Op, text.SystemWords(e.Err))
}

// Class is storage.
func (e *WriteError) Class() failure.Class { return failure.Storage }
func (e *WriteError) Unwrap() error        { return e.Err }

func named(path string) string {
	if path == "" {
		return "the file"
	}
	return text.Short(path, 200)
}
