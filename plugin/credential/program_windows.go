package credential

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// command is the program at a path. A batch file, as az is one, is read by Windows' own cmd.exe, whatever the environment
// says.
func command(ctx context.Context, path string, args []string) (*exec.Cmd, error) {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".cmd" && ext != ".bat" {
		return exec.CommandContext(ctx, path, args...), nil
	}
	line := batchLine(path, args)
	if line == "" {
		return nil, errors.New("it is a batch file, which would read a part of its arguments as commands")
	}
	folder, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(folder, "cmd.exe"))
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: line}
	return cmd, nil
}

// runAlone runs a program without a window, and in a job: all that it starts ends with it. Where there can be no job it
// ends alone. https://learn.microsoft.com/windows/win32/procthread/job-objects
func runAlone(_ context.Context, cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.HideWindow, cmd.SysProcAttr.CreationFlags = true, windows.CREATE_NEW_PROCESS_GROUP
	job, err := newJob()
	if err != nil {
		return cmd.Run()
	}
	defer windows.CloseHandle(job)
	cmd.Cancel = func() error { return errors.Join(windows.TerminateJobObject(job, 1), cmd.Process.Kill()) }
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = cmd.Process.WithHandle(func(handle uintptr) { _ = windows.AssignProcessToJobObject(job, windows.Handle(handle)) })
	return cmd.Wait()
}

// newJob makes a job that ends its processes when it is closed.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits))); err != nil {
		return 0, errors.Join(err, windows.CloseHandle(job))
	}
	return job, nil
}
