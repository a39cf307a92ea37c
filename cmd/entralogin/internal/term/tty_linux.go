package term

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cache"
)

// The second one throws away what was typed and not read.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETSF
)

// Identify returns what tells the file from others, by whatever name it was opened: /dev/tty is another terminal
// to each session. See ioctl_tty(2), TIOCGDEV, and pts(4).
func Identify(f *os.File) cache.FileID {
	number, err := unix.IoctlGetUint32(int(f.Fd()), unix.TIOCGDEV)
	if err != nil {
		return cache.IdentifyFile(f)
	}
	device := uint64(number)
	var st unix.Stat_t
	// Each container has pseudo-terminals of the same numbers.
	if err := unix.Stat(fmt.Sprintf("/dev/pts/%d", unix.Minor(device)), &st); err == nil && uint64(st.Rdev) == device {
		return cache.FileID{Dev: uint64(st.Dev), Ino: st.Ino}
	}
	return cache.FileID{Ino: device}
}
