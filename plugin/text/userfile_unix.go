//go:build unix

package text

import (
	"io/fs"
	"os"
	"syscall"
)

// foreign reports whether a file belongs neither to root nor to who runs this.
func foreign(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || isForeign(int(st.Uid), os.Geteuid())
}

func isForeign(owner, reader int) bool { return owner != 0 && owner != reader }

// owns reports whether a file belongs to user.
func owns(info fs.FileInfo, user int) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == user
}
