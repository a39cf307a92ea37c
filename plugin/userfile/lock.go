package userfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	lockPoll = 20 * time.Millisecond
	lockMark = ".lock" // as clientcmd has it
)

// Lock takes the lock of a file, which lies beside it. Errors: *LockError without the file's path, those of the system,
// the cause of ctx.
type Lock func(ctx context.Context, file string) (unlock func(), err error)

// Made is the lock of clientcmd, that kubectl takes, too: whoever makes the lock file has the lock until it is deleted.
// A holder that is killed leaves it.
func Made(wait time.Duration) Lock {
	return func(ctx context.Context, file string) (func(), error) {
		lock := file + lockMark
		err := await(ctx, lock, wait, func() (bool, error) {
			// clientcmd's has mode 0, which some mounts can't hold
			f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return false, nil
			}
			if err == nil {
				f.Close()
			}
			return true, err
		})
		return func() { os.Remove(lock) }, err
	}
}

// Held is a lock that the system frees when its holder ends, however it ends. What a holder that was killed leaves is
// in nobody's way. The lock file is deleted by its holder, so whoever gets the lock looks whether it is still the one
// that others will find. A file system without such locks has the one of Made.
func Held(wait time.Duration) Lock {
	return func(ctx context.Context, file string) (func(), error) {
		lock := file + lockMark
		var held *flock.Flock
		err := await(ctx, lock, wait, func() (bool, error) {
			held = flock.New(lock, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o600))
			taken, err := held.TryLock()
			if err == nil && taken && isAt(held, lock) {
				return true, nil
			}
			held.Close()
			return err != nil, err
		})
		if errors.Is(err, errors.ErrUnsupported) {
			return Made(wait)(ctx, file)
		}
		return func() { os.Remove(lock); held.Close() }, err
	}
}

// isAt reports whether a lock is the file that stands at a path.
func isAt(held *flock.Flock, path string) bool {
	ours, err := held.Stat()
	there, other := os.Lstat(path)
	return err == nil && other == nil && os.SameFile(ours, there)
}

// await tries to take a lock until it is taken.
func await(ctx context.Context, lock string, wait time.Duration, take func() (taken bool, err error)) error {
	for end := time.Now().Add(wait); ; {
		taken, err := take()
		if taken || err != nil {
			return err
		}
		if time.Now().After(end) {
			since := time.Now()
			if info, err := os.Lstat(lock); err == nil {
				since = info.ModTime()
			}
			return &LockError{Lock: lock, Since: since}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(lockPoll):
		}
	}
}
