package text

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"unicode/utf8"

	"github.com/entralogin/entralogin/plugin/failure"
)

// maxUserFile is how many bytes a file that a person writes may have.
const maxUserFile = 1 << 20

// FileError says why a person's file is not read.
type FileError struct {
	Path string
	What string // what is wrong with it, without the path: "is a folder"
	Err  error  // the system's error, or nil
}

func (e *FileError) Error() string { return fmt.Sprintf("%s %s", Short(e.Path, 200), e.What) }
func (e *FileError) Unwrap() error { return e.Err }

// Class is configuration.
func (e *FileError) Class() failure.Class { return failure.Config }

// ReadUserFile reads a text that a person wrote: a configuration. It has to be a regular file of at most
// 1 MiB, in UTF-8, that belongs to its reader or to root and that nobody else can write to, since it
// decides who gets a token. A byte order mark is taken off. A FIFO or a device does not make it wait.
//
// Errors are *FileError; errors.Is(err, fs.ErrNotExist) tells that there is no such file.
func ReadUserFile(path string) ([]byte, error) {
	data, err := ReadUserFileMarked(path)
	return bytes.TrimPrefix(data, []byte(byteOrderMark)), err
}

// ReadUserFileMarked is ReadUserFile, but a byte order mark stays: whoever writes the file again keeps it.
func ReadUserFileMarked(path string) ([]byte, error) {
	f, err := openChecked(path, unfitForUser)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxUserFile+1))
	switch {
	case err != nil:
		return nil, &FileError{path, "can't be read: " + SystemWords(err), err}
	case len(data) > maxUserFile:
		return nil, &FileError{path, "is larger than 1 MiB", nil}
	}
	return userText(path, data)
}

// openChecked opens path and checks what was opened, so that nothing can be changed in between: unfit says what is wrong with
// it, or "".
func openChecked(path string, unfit func(fs.FileInfo) string) (*os.File, error) {
	f, err := OpenAtOnce(path)
	for range mostRotations {
		if !errors.Is(err, fs.ErrNotExist) || !isLink(path) {
			break
		}
		f, err = OpenAtOnce(path)
	}
	if err != nil {
		return nil, &FileError{path, "can't be opened: " + SystemWords(err), err}
	}
	info, err := f.Stat()
	what := "can't be examined: "
	if err != nil {
		what += SystemWords(err)
	} else if what = unfit(info); what == "" {
		return f, nil
	}
	f.Close()
	return nil, &FileError{path, what, err}
}

// OpenAtOnce opens a file to read it. A FIFO without a writer is not waited for, and reads as empty.
func OpenAtOnce(path string) (*os.File, error) {
	flags := os.O_RDONLY
	if runtime.GOOS != "windows" {
		flags |= syscall.O_NONBLOCK
	}
	return os.OpenFile(path, flags, 0)
}

// mostRotations is how often a file that is gone is looked for again. Kubernetes changes the files of a volume by links: one leads
// into a folder that goes as soon as the next one is in its place, perhaps between two steps of one opening.
// https://kubernetes.io/docs/concepts/storage/projected-volumes/
const mostRotations = 50

// isLink reports whether a path is a symbolic link, wherever that leads.
func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// unfitForUser says why a file is not read, "" if it is.
func unfitForUser(info fs.FileInfo) string {
	switch {
	case info.IsDir():
		return "is a folder, not a file"
	case !info.Mode().IsRegular():
		return "is not a regular file"
	case info.Size() > maxUserFile:
		return "is larger than 1 MiB"
	case foreign(info):
		return "belongs to another user"
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0:
		return fmt.Sprintf("can be written by others than its owner (mode %04o); \"chmod go-w\" on it mends that",
			info.Mode().Perm())
	}
	return ""
}

const byteOrderMark = "\xef\xbb\xbf" // which editors of Windows put before a text

// userText refuses every other encoding than UTF-8.
func userText(path string, data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return nil, &FileError{path, "is in UTF-16; save it as UTF-8", nil}
	case bytes.IndexByte(data, 0) >= 0:
		return nil, &FileError{path, "holds NUL bytes (UTF-16, or no text at all); save it as UTF-8", nil}
	case !utf8.Valid(data):
		return nil, &FileError{path, "is not in UTF-8; save it as UTF-8", nil}
	}
	return data, nil
}

// SystemWords is the system's reason without operation and path, which stand around it already.
func SystemWords(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	} else if linkErr, ok := errors.AsType[*os.LinkError](err); ok {
		err = linkErr.Err
	}
	return Short(err.Error(), 160)
}
