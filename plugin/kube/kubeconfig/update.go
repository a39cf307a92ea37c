package kubeconfig

import (
	"context"
	"time"

	"github.com/entralogin/entralogin/plugin/userfile"
)

const lockWait = 5 * time.Second // clientcmd holds its lock for milliseconds

// Update replaces a kubeconfig file by what edit makes of it, as userfile.Updater does, under the lock that kubectl
// takes. Errors are those of edit, *Error, *LockError and *WriteError.
func Update(ctx context.Context, path string, edit func(old []byte) (edited []byte, err error)) error {
	return update(ctx, path, lockWait, edit)
}

func update(ctx context.Context, path string, wait time.Duration, edit func(old []byte) (edited []byte, err error)) error {
	return userfile.Updater{Read: Read, Lock: userfile.Made(wait)}.Update(ctx, path, func(old []byte) ([]byte, error) {
		edited, err := edit(old)
		return edited, inFile(path, err)
	})
}
