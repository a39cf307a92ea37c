package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// pipeWait is how long a pipe may take to say all that it has.
const pipeWait = 10 * time.Second

// Empty is what a FileError says of a file or pipe without a byte.
const Empty = "is empty"

// ReadSecretFile reads a file that holds a secret, of at most longest bytes: a regular one that nobody but its owner can
// read, or a pipe, such as /dev/fd/63 of a shell's <(COMMAND), which can be read once. A file of root's is as open as root
// wants it, for whoever else runs this: a mounted secret belongs to root. No error shows anything of what it holds.
//
// Errors are *FileError.
func ReadSecretFile(ctx context.Context, path string, longest int) ([]byte, error) {
	f, err := openChecked(path, func(info fs.FileInfo) string { return unfitForSecrets(info, os.Geteuid()) })
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_ = f.SetReadDeadline(time.Now().Add(pipeWait)) // of a pipe
	defer context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })()
	data, err := io.ReadAll(io.LimitReader(f, int64(longest)+1))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &FileError{path, fmt.Sprintf("is a pipe, and whoever writes to it has not ended in %v", pipeWait), err}
	case err != nil:
		return nil, &FileError{path, "can't be read: " + SystemWords(err), err}
	case len(data) > longest:
		return nil, &FileError{path, fmt.Sprintf("is larger than %d KiB", longest>>10), nil}
	case len(data) == 0:
		return nil, &FileError{path, Empty, nil}
	}
	return data, nil
}

// unfitForSecrets says why a file is no place for a secret of reader's, "" if it is one.
func unfitForSecrets(info fs.FileInfo, reader int) string {
	mode := info.Mode()
	switch {
	case mode.IsDir():
		return "is a folder, not a file"
	case mode&fs.ModeNamedPipe != 0 && !foreign(info):
		return ""
	case !mode.IsRegular() && mode&fs.ModeNamedPipe == 0:
		return "is neither a regular file nor a pipe"
	case foreign(info):
		return "belongs to another user"
	case runtime.GOOS == "windows":
		return ""
	case owns(info, reader) && mode.Perm()&0o077 != 0:
		return fmt.Sprintf("can be read or written by others than its owner (mode %04o)", mode.Perm())
	case mode.Perm()&0o022 != 0:
		return fmt.Sprintf("can be written by others than its owner (mode %04o)", mode.Perm())
	}
	return ""
}
