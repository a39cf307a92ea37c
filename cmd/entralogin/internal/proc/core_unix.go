//go:build unix && !linux

package proc

import "syscall"

// WriteNoCore keeps tokens out of core files by the limit on their size. Where a system refuses, a token is
// handed out all the same.
func WriteNoCore() { syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
