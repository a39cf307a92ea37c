//go:build unix

package doctorcmd

import (
	"io/fs"
	"syscall"
)

// ownerOf returns the ID of the user whom a file belongs to.
func ownerOf(info fs.FileInfo) (id int, known bool) {
	if info == nil {
		return 0, false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}
