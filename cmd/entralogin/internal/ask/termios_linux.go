package ask

import "golang.org/x/sys/unix"

// The second one throws away what was typed and not read.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETSF
)
