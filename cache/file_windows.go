package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// On Windows the folder below %LOCALAPPDATA% is private by its inherited access list; owner, links and
// mode bits are not looked at.
const openSafely = 0

// mandatoryLocks says that nobody else can read a file that is locked:
// https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex
const mandatoryLocks = true

// OwnerOf knows nothing.
func OwnerOf(fs.FileInfo) (id int, known bool) { return 0, false }

func ours(fs.FileInfo) bool        { return true }
func links(fs.FileInfo) int        { return 1 }
func others(fs.FileInfo) bool      { return false }
func openToWrite(fs.FileInfo) bool { return false }
func isLink(error) bool            { return false }
func isNotDir(error) bool          { return false }
func syncFolder(string)            {}

// isBusy reports whether a call failed because somebody has the file open, such as a reader or a virus scanner:
// https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-
func isBusy(err error) bool {
	const sharingViolation, lockViolation = syscall.Errno(32), syscall.Errno(33)
	return errors.Is(err, syscall.ERROR_ACCESS_DENIED) || errors.Is(err, sharingViolation) || errors.Is(err, lockViolation)
}

// identify says which file a program is, by its size and when it was made and written: there is no inode.
func identify(path string) (identity string, ok bool) {
	info, err := os.Stat(path)
	if err != nil {
		return "", false
	}
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return "", false
	}
	return fmt.Sprint(info.Size(), data.CreationTime.Nanoseconds(), data.LastWriteTime.Nanoseconds()), true
}

// IdentifyFile returns the zero FileID: each process shows its own prompt.
func IdentifyFile(*os.File) FileID { return FileID{} }
