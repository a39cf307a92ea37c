package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/entralogin/entralogin/plugin/text"
)

// tmp is where ssh puts the sockets that it forwards. They are named after nobody whom this machine would have to look up:
// whose a socket is its owner says.
const (
	tmp        = "/tmp"
	forwarded  = "entralogin-*.sock"
	runtimeDir = "XDG_RUNTIME_DIR"
)

// Folder is where the sockets of the agent of a user of this machine are, whether or not it is there: $XDG_RUNTIME_DIR/entralogin,
// and below /tmp where that variable is not set. uid is the user's effective one.
func Folder(getenv func(string) string, uid int) string {
	if dir := getenv(runtimeDir); filepath.IsAbs(dir) {
		return filepath.Join(dir, "entralogin")
	}
	return filepath.Join(tmp, "entralogin-agent-"+strconv.Itoa(uid))
}

// MakeFolder makes the folder where it is not there, and refuses one that is not the user's alone: a link, another's, one
// that others may look into. Errors are in words for a person.
func MakeFolder(path string, uid int) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the folder of the agent's sockets can't be made: %s", text.Short(err.Error(), 200))
	}
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("the folder of the agent's sockets can't be looked at: %s", text.Short(err.Error(), 200))
	}
	if why := unfit(info, fs.ModeDir, uid); why != "" {
		return fmt.Errorf("%s is no folder for the agent's sockets: it %s", text.Short(path, 200), why)
	}
	return nil
}

// unfit says why what is there is not of a kind, a user's own, and closed to all others; "" if it is.
func unfit(info fs.FileInfo, kind fs.FileMode, uid int) string {
	owner, known := ownerOf(info)
	switch {
	case info.Mode().Type() == fs.ModeSymlink:
		return "is a link"
	case info.Mode().Type() != kind && kind == fs.ModeDir:
		return "is no folder"
	case info.Mode().Type() != kind:
		return "is no socket"
	case !known:
		return "is not known to be yours: this system does not say whose it is"
	case owner != uid:
		return fmt.Sprintf("belongs to the user %d, and not to you", owner)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Sprintf("is open to others (mode %04o)", info.Mode().Perm())
	}
	return ""
}
