//go:build unix && !linux

package ask

import "golang.org/x/sys/unix"

// The second one throws away what was typed and not read.
const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETAF
)
