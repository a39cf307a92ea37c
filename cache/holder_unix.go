//go:build unix && !linux

package cache

import (
	"errors"
	"syscall"
)

// stateOf asks whether there is such a process.
func stateOf(pid int) process {
	err := syscall.Kill(pid, 0)
	return process{known: err == nil || errors.Is(err, syscall.ESRCH) || errors.Is(err, syscall.EPERM), alive: !errors.Is(err, syscall.ESRCH)}
}
