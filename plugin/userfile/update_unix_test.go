//go:build unix

package userfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Somebody who edits another one's file, as root does with sudo, leaves it theirs.
func TestUpdateKeepsTheOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	writeFile(t, path, "old")
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		uid, gid = 65534, 65533
	}
	if err := errors.Join(os.Chown(path, uid, gid), os.Chmod(path, 0o640), update(context.Background(), path, to("new"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != uid || int(st.Gid) != gid || info.Mode().Perm() != 0o640 {
		t.Errorf("owner %d:%d, mode %v", st.Uid, st.Gid, info.Mode())
	}
}
