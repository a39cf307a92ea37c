package main

import (
	"os"
	"syscall"
)

// peakMiB is the largest resident set of a process that has ended.
func peakMiB(p *os.ProcessState) int {
	return int(p.SysUsage().(*syscall.Rusage).Maxrss >> 10)
}
