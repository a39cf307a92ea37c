package npmrc

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/entralogin/entralogin/plugin/text"
	"github.com/entralogin/entralogin/plugin/userfile"
)

// Name is that of the file beside a package.json, and in the home folder.
const Name = ".npmrc"

// lockWait is how long another writer of the file is waited for. It has the lock for milliseconds.
const lockWait = 5 * time.Second

// UserFile is the path of the person's own file: https://docs.npmjs.com/cli/using-npm/config#userconfig. It is "" where
// there is no home. npm takes the variable in upper and lower case, and sets the latter itself.
func UserFile(getenv func(string) string, home string) string {
	for _, name := range []string{"npm_config_userconfig", "NPM_CONFIG_USERCONFIG"} {
		path := getenv(name)
		if len(path) > 1 && path[0] == '~' && (path[1] == '/' || path[1] == filepath.Separator) && home != "" {
			path = filepath.Join(home, path[2:])
		}
		if abs, err := filepath.Abs(path); path != "" && err == nil {
			return abs
		}
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, Name)
}

// ProjectFile is the path of the nearest file at or above a folder, and below stop, which is the home folder; "" if there is
// none. npm stops where a package.json is, but for workspaces, whose file is further up.
func ProjectFile(dir, stop string) string {
	for ; dir != stop; dir = filepath.Dir(dir) {
		if info, err := os.Stat(filepath.Join(dir, Name)); err == nil && info.Mode().IsRegular() {
			return filepath.Join(dir, Name)
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return ""
}

// Hide takes from all others the right to read a file, before a token is written into it. npm does the same. hidden says
// that they had it. Errors: those of package os.
func Hide(path string) (hidden bool, err error) {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 == 0 {
		return false, nil // what is wrong with it shows when it is read
	}
	return true, os.Chmod(path, info.Mode().Perm()&^0o077)
}

// Update makes of the file what edit makes of its text: of nil where there is no file. Errors: those of edit,
// *text.FileError, *userfile.Error, *userfile.LockError, *userfile.WriteError.
func Update(ctx context.Context, path string, edit func(old []byte) ([]byte, error)) error {
	return userfile.Updater{Read: text.ReadUserFileMarked, Lock: userfile.Held(lockWait)}.Update(ctx, path, edit)
}
