package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// keyctlVault keeps keys in the user keyring of the kernel: https://man7.org/linux/man-pages/man7/user-keyring.7.html
type keyctlVault struct{}

const (
	keyType   = "user" // https://man7.org/linux/man-pages/man7/keyrings.7.html: readable by its owner
	keyPrefix = "entralogin:"
	// keyRights gives the owner all rights, whether the session's keyring leads to the key or not: a
	// login that was made without PAM's keyinit could not read its own key otherwise.
	keyRights = 0x3f3f0000
)

func find(id string) (int, error) {
	return unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, keyType, keyPrefix+id, 0)
}

func (keyctlVault) load(id string) ([]byte, error) {
	key, err := find(id)
	if err != nil {
		return nil, keyctlError(err)
	}
	blob := make([]byte, keySize+1)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, key, blob, 0)
	if err != nil {
		return nil, keyctlError(err)
	}
	return blob[:min(n, len(blob))], nil
}

func (keyctlVault) save(id string, key []byte) error {
	added, err := unix.AddKey(keyType, keyPrefix+id, key, unix.KEY_SPEC_USER_KEYRING)
	if err != nil {
		return keyctlError(err)
	}
	if err := unix.KeyctlSetperm(added, keyRights); err != nil {
		return keyctlError(err)
	}
	return nil
}

func (keyctlVault) remove(id string) error {
	key, err := find(id)
	if err != nil {
		return keyctlError(err)
	}
	_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, key, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	return err
}

// keyctlError tells a key that is gone from a kernel that gives none, as that of most containers does.
func keyctlError(err error) error {
	switch {
	case errors.Is(err, unix.ENOKEY), errors.Is(err, unix.EKEYEXPIRED), errors.Is(err, unix.EKEYREVOKED):
		return ErrKeyGone
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return &StorageError{Storage: Keyctl, What: fmt.Sprintf("can't be used: the kernel refuses keys here, as in most containers (%v)", err), Err: err}
	}
	return &StorageError{Storage: Keyctl, What: fmt.Sprintf("can't be used: %v", err), Err: err}
}

// inMemory returns nil if dir is the user's runtime folder and in memory.
// https://specifications.freedesktop.org/basedir-spec/latest/: "The directory MUST be owned by the user,
// and they MUST be the only one having read and write access to it. Its Unix access mode MUST be 0700."
func inMemory(dir string) error {
	refuse := func(format string, args ...any) error {
		return &StorageError{Storage: Memory, What: "can't be used: " + fmt.Sprintf(format, args...)}
	}
	if !filepath.IsAbs(dir) {
		return refuse("XDG_RUNTIME_DIR is not set to an absolute path")
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return refuse("XDG_RUNTIME_DIR: %v", err)
	case !info.IsDir():
		return refuse("%s is not a folder", dir)
	case !ours(info):
		return refuse("%s belongs to another user", dir)
	case info.Mode().Perm() != privateD:
		return refuse("%s is open to other users: its mode is %04o and has to be 0700", dir, info.Mode().Perm())
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return refuse("%s: %v", dir, err)
	}
	if kind := uint32(fs.Type); kind != unix.TMPFS_MAGIC && kind != unix.RAMFS_MAGIC {
		return refuse("%s is on a disk: its file system is neither tmpfs nor ramfs", dir)
	}
	return nil
}
