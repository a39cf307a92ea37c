package early

import "syscall"

// selectRead is select(2) for reading.
func selectRead(read *syscall.FdSet, limit *syscall.Timeval) error {
	_, err := syscall.Select(1, read, nil, nil, limit)
	return err
}

// keepPrivate keeps the token out of core files and other programs' reach: see proc.WriteNoCore.
func keepPrivate() bool {
	syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0)
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	return true
}
