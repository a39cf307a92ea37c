package kubeconfig

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"

	"github.com/entralogin/entralogin/plugin/text"
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
		return nil, &Error{Path: path, What: "does not exist", Err: err}
	}
	if err != nil {
		return nil, &Error{Path: path, What: "can't be opened: " + text.SystemWords(err), Err: err}
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, &Error{Path: path, What: "is a folder, not a file"}
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &Error{Path: path, What: "can't be read: " + text.SystemWords(err), Err: err}
	case len(content) > maxFile:
		return nil, &Error{Path: path, What: "is larger than 16 MiB"}
	}
	return content, nil
}
