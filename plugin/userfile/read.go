package userfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/entralogin/entralogin/plugin/text"
)

// Read returns the content of a file of at most some bytes, a number of whole MiB. What can be read to its end is good
// enough, such as /dev/null; a FIFO without a writer is empty. Errors are *Error; errors.Is(err, fs.ErrNotExist) tells
// that there is no such file.
func Read(path string, most int64) ([]byte, error) {
	f, err := text.OpenAtOnce(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Path: path, What: "does not exist", Err: err}
	}
	if err != nil {
		return nil, &Error{Path: path, What: "can't be opened: " + text.SystemWords(err), Err: err}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &Error{Path: path, What: "is a folder, not a file"}
	}
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, &Error{Path: path, What: "can't be read: " + text.SystemWords(err), Err: err}
	case int64(len(content)) > most:
		return nil, &Error{Path: path, What: fmt.Sprintf("is larger than %d MiB", most>>20)}
	}
	return content, nil
}
