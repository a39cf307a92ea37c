package detach

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// start makes a process without a console, outside of the job of the caller where that lets it go. Of handles it inherits
// those of attr alone: https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
func start(path string, args []string, attr syscall.ProcAttr) error {
	const apart = windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP
	attr.Sys = &syscall.SysProcAttr{HideWindow: true, CreationFlags: apart | windows.CREATE_BREAKAWAY_FROM_JOB}
	_, process, err := syscall.StartProcess(path, args, &attr)
	if err != nil {
		attr.Sys.CreationFlags = apart
		_, process, err = syscall.StartProcess(path, args, &attr)
	}
	if err != nil {
		return err
	}
	return syscall.CloseHandle(syscall.Handle(process))
}
