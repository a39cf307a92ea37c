package early

import "syscall"

// selectRead is select(2) for reading.
func selectRead(read *syscall.FdSet, limit *syscall.Timeval) error {
	return syscall.Select(1, read, nil, nil, limit)
}

// keepPrivate keeps the token out of core files: see proc.WriteNoCore.
func keepPrivate() bool { return syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) == nil }
