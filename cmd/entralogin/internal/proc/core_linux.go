package proc

import "syscall"

// WriteNoCore keeps tokens out of core files: the kernel writes none of a process that is not dumpable,
// whatever its limit and wherever cores go (core_pattern may name a program), and programs of the same
// user may neither trace it nor read its memory: https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
//
// Where a system refuses, a token is handed out all the same.
func WriteNoCore() {
	syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0)
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
