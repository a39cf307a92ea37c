package userfile

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner has nothing to do: a new file gets the rights of its folder.
func keepOwner(*os.File, fs.FileInfo) {}

// syncFolder has nothing to do: Windows makes a rename last by itself.
func syncFolder(string) {}

// links is how many names a file has:
// https://learn.microsoft.com/windows/win32/api/fileapi/ns-fileapi-by_handle_file_information
func links(f *os.File) (int, error) {
	var info syscall.ByHandleFileInformation
	if err := syscall.GetFileInformationByHandle(syscall.Handle(f.Fd()), &info); err != nil {
		return 0, err
	}
	return int(info.NumberOfLinks), nil
}
