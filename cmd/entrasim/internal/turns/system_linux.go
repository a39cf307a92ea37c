package turns

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// usage is the largest resident set of a process that has ended, in bytes, and how often it met a page that
// was not mapped. Linux counts the former in KiB.
func usage(p *os.ProcessState) (peak, faults int64) {
	u, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, 0
	}
	return u.Maxrss << 10, u.Minflt + u.Majflt
}

// adopt makes this process the parent of what its children leave behind: PR_SET_CHILD_SUBREAPER(2const).
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// settle waits for all that the last child left behind.
func settle() error {
	for {
		_, err := unix.Wait4(-1, nil, 0, nil)
		switch {
		case errors.Is(err, unix.ECHILD):
			return nil
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		}
	}
}
