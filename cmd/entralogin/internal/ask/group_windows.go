package ask

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// alone has Ctrl-C in the agent's console not reach a program, and no console appear for it:
// https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}
