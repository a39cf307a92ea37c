package cache

import (
	"errors"
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

// identify tells which file a program is.
func identify(path string) (Program, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return Program{}, false
	}
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	if !ok {
		return Program{}, false
	}
	return Program{Path: path, Size: info.Size(), Modified: info.ModTime().UnixNano(), Changed: data.CreationTime.Nanoseconds()}, true
}

// IdentifyFile returns the zero FileID: each process shows its own prompt.
func IdentifyFile(*os.File) FileID { return FileID{} }
