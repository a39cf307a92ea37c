//go:build unix

package managed

import (
	"io/fs"
	"syscall"
)

// belongs reports whether a file is root's or of the owner of its folder, into which nobody else can put anything.
func belongs(file, dir fs.FileInfo) bool {
	f, ok := file.Sys().(*syscall.Stat_t)
	d, known := dir.Sys().(*syscall.Stat_t)
	return ok && known && (f.Uid == 0 || f.Uid == d.Uid) && f.Nlink == 1 && dir.Mode().Perm()&0o002 == 0 && file.Mode().Perm()&0o002 == 0
}
