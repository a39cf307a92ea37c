package kubeconfig

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// maxFile is how many bytes a kubeconfig may have. Certificates of many clusters make some megabytes.
const maxFile = 16 << 20

// Read returns the content of a kubeconfig file. What can be read to its end is good enough, such as
// /dev/null. Errors are *Error; errors.Is(err, fs.ErrNotExist) tells that there is no such file.
func Read(path string) ([]byte, error) {
	flags := os.O_RDONLY
	if runtime.GOOS != "windows" {
		flags |= syscall.O_NONBLOCK // a FIFO without a writer opens at once
	}
	f, err := os.OpenFile(path, flags, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{path, "does not exist", err}
	}
	if err != nil {
		return nil, &Error{path, "can't be opened: " + systemWords(err), err}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &Error{path, "is a folder, not a file", nil}
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &Error{path, "can't be read: " + systemWords(err), err}
	case len(text) > maxFile:
		return nil, &Error{path, "is larger than 16 MiB", nil}
	}
	return text, nil
}
