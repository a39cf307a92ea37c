//go:build linux || darwin

package early

import (
	"syscall"
	"time"

	"github.com/entralogin/entralogin/cache/route"
)

// patience is how long whoever calls may take to say what it wants. Both say it at once. What comes later is for the
// rest of the program.
const patience = time.Second

// readInput reads what git or docker says, to its end. whole is false where that did not come, or may be a person's to type.
func readInput(args []string) (input []byte, whole bool) {
	var st syscall.Stat_t
	if syscall.Fstat(syscall.Stdin, &st) != nil || st.Mode&syscall.S_IFMT == syscall.S_IFCHR {
		return nil, false
	}
	end := time.Now().Add(patience)
	buffer := make([]byte, 4096)
	for len(input) < route.MostInput && wait(end) {
		n, err := syscall.Read(syscall.Stdin, buffer)
		if n > 0 {
			input = append(input, buffer[:n]...)
		}
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return input, false
		case n == 0 || route.Complete(args, input):
			return input, true
		}
	}
	return input, false
}

// wait waits until there is something to read. It reports false where there is nothing in time.
func wait(end time.Time) bool {
	for {
		most := time.Until(end)
		if most <= 0 {
			return false
		}
		var read syscall.FdSet
		read.Bits[0] = 1 // standard input
		limit := syscall.NsecToTimeval(int64(most))
		if err := selectRead(&read, &limit); err != syscall.EINTR {
			return err == nil && read.Bits[0]&1 != 0
		}
	}
}
