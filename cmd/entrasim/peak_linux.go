package main

import (
	"os"
	"syscall"
)

// peak is the largest resident set of a process that has ended, in bytes. Linux counts in KiB.
func peak(p *os.ProcessState) int64 {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10
}
