//go:build unix

package cache

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openSafely keeps an open from following a link and from waiting for a FIFO's other end.
const openSafely = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// OwnerOf returns the ID of the user whom a file belongs to, where the system has such IDs.
func OwnerOf(info fs.FileInfo) (id int, known bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// mandatoryLocks says that nobody else can read a file that is locked.
const mandatoryLocks = false

func ours(info fs.FileInfo) bool {
	owner, known := OwnerOf(info)
	return known && owner == os.Geteuid()
}

func links(info fs.FileInfo) int {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return int(st.Nlink)
}

// others reports whether the group or others have any right on the file.
func others(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }

// isLink reports whether an open was refused because of O_NOFOLLOW: ELOOP, or EMLINK on FreeBSD.
func isLink(err error) bool { return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) }

// isBusy reports whether a call failed because somebody has the file open, which is no reason here.
func isBusy(error) bool { return false }

func isNotDir(err error) bool { return errors.Is(err, syscall.ENOTDIR) }

// syncFolder makes a rename last. The rename itself has happened: a failure here loses nothing.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		d.Sync()
		d.Close()
	}
}

// IdentifyFile returns the FileID of an open file, zero where the system has none.
func IdentifyFile(f *os.File) FileID {
	info, err := f.Stat()
	if err != nil {
		return FileID{}
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return FileID{}
	}
	return FileID{Dev: uint64(st.Dev), Ino: uint64(st.Ino)} //nolint:unconvert // the types differ from system to system
}

// identify tells which file a program is: the one that is run, whatever links lead there.
func identify(path string) (Program, bool) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return Program{}, false
	}
	return Program{Path: path, Device: uint64(st.Dev), Inode: st.Ino, Size: st.Size, //nolint:unconvert // the types differ
		Modified: st.Mtim.Nano(), Changed: st.Ctim.Nano()}, true
}

// openToWrite reports whether every user may write in a folder.
func openToWrite(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }
