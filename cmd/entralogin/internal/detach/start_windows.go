package detach

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// start makes a process without a console, outside of the job of the caller where that lets it go. Of handles it inherits
// those of attr alone: https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
func start(path string, args []string, attr os.ProcAttr) (*os.Process, error) {
	const apart = windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP
	attr.Sys = &syscall.SysProcAttr{HideWindow: true, CreationFlags: apart | windows.CREATE_BREAKAWAY_FROM_JOB}
	process, err := os.StartProcess(path, args, &attr)
	if err != nil {
		attr.Sys.CreationFlags = apart
		process, err = os.StartProcess(path, args, &attr)
	}
	return process, err
}
