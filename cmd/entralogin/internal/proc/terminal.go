package proc

import (
	"os"

	"golang.org/x/term"
)

// HasTerminal reports whether a terminal is attached to this process, whatever its streams lead to.
func HasTerminal() bool {
	if term.IsTerminal(int(os.Stdin.Fd())) || term.IsTerminal(int(os.Stderr.Fd())) {
		return true
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	tty.Close()
	return true
}
