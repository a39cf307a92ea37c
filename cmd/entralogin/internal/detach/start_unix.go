//go:build unix

package detach

import (
	"os"
	"syscall"
)

// start makes a process in a session of its own, without a controlling terminal: see setsid(2).
func start(path string, args []string, attr os.ProcAttr) (*os.Process, error) {
	if err := keepDescriptors(); err != nil {
		return nil, err
	}
	attr.Sys = &syscall.SysProcAttr{Setsid: true}
	const private = 0o077
	defer syscall.Umask(syscall.Umask(private))
	return os.StartProcess(path, args, &attr)
}
