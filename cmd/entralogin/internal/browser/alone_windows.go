package browser

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// standAlone has Ctrl-C not reach a program, and no console appear for it:
// https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
func standAlone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

// systemFolder is where Windows has its own programs, whatever the environment says. Without it nothing is found.
func systemFolder() string {
	folder, _ := windows.GetSystemDirectory()
	return folder
}

// systemEnvironment is the environment that Windows has for the person, and not that of this process:
// https://learn.microsoft.com/windows/win32/api/userenv/nf-userenv-createenvironmentblock
func systemEnvironment() []string {
	env, _ := windows.GetCurrentProcessToken().Environ(false)
	return append([]string{}, env...) // never nil, which would stand for ours
}
