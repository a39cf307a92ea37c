//go:build unix && !linux

package term

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cache"
)

// The second one throws away what was typed and not read.
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETAF
)

// Identify returns what tells the file from others. /dev/tty is another terminal to each session, and told by the
// session; that the terminal has another name besides is not known here.
func Identify(f *os.File) cache.FileID {
	session, err := unix.Getsid(0)
	if f.Name() == "/dev/tty" && err == nil {
		return cache.FileID{Dev: ^uint64(0), Ino: uint64(session)}
	}
	return cache.IdentifyFile(f)
}
