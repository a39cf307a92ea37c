package turns

import (
	"os"
	"syscall"
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
