//go:build unix

package detach

import "syscall"

// start makes a process in a session of its own, without a controlling terminal: see setsid(2).
func start(path string, args []string, attr syscall.ProcAttr) error {
	if err := keepDescriptors(); err != nil {
		return err
	}
	attr.Sys = &syscall.SysProcAttr{Setsid: true}
	const private = 0o077
	defer syscall.Umask(syscall.Umask(private))
	_, err := syscall.ForkExec(path, args, &attr)
	return err
}
