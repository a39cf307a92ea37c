package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error says what is wrong with a kubeconfig file. Nothing was written.
type Error struct {
	Path string // "" where Edit doesn't know it
	What string // what is wrong, without the path: "is no YAML"
	Err  error  // the system's error, or nil
}

func (e *Error) Error() string { return named(e.Path) + " " + e.What }

// Class is configuration.
func (e *Error) Class() failure.Class { return failure.Config }
func (e *Error) Unwrap() error        { return e.Err }

// LockError says that another program has kept a kubeconfig file locked for too long. Nothing was written.
type LockError struct {
	Path  string // of the kubeconfig file
	Lock  string // of the lock file
	Since time.Time
}

func (e *LockError) Error() string {
	return fmt.Sprintf("%s is locked since %s: %s exists", named(e.Path), e.Since.Format(time.DateTime), text.Short(e.Lock, 200))
}

// Class is lock.
func (e *LockError) Class() failure.Class { return failure.Lock }

// WriteError says that a kubeconfig file could not be replaced. It is as it was.
type WriteError struct {
	Path string
	Op   string // what failed: "make its folder"
	Err  error
}

func (e *WriteError) Error() string {
	return fmt.Sprintf("%s can't be written (%s): %s", named(e.Path), e.Op, systemWords(e.Err))
}

// Class is storage.
func (e *WriteError) Class() failure.Class { return failure.Storage }
func (e *WriteError) Unwrap() error        { return e.Err }

func named(path string) string {
	if path == "" {
		return "the kubeconfig"
	}
	return text.Short(path, 200)
}

// systemWords is the system's reason without operation and path, which stand around it already.
func systemWords(err error) string {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return text.Short(err.Error(), 160)
}
