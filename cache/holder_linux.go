package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// machine names the boot of this kernel and the PID namespace of this process: a PID means nothing anywhere
// else. See proc_sys_kernel(5), random/boot_id, and pid_namespaces(7).
func machine() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, errSpace := os.Readlink("/proc/self/ns/pid")
	if errors.Join(err, errSpace) != nil {
		host, _ := os.Hostname()
		return "host " + host
	}
	return strings.TrimSpace(string(boot)) + " " + space
}

// stateOf reads what proc_pid_stat(5) says. A dead process whose parent has not looked yet is no more.
func stateOf(pid int) process {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if errors.Is(err, fs.ErrNotExist) {
		_, err := os.Stat("/proc/self/stat")
		return process{known: err == nil}
	}
	// The name, in parentheses, may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const state, started = 0, 22 - 3 // the third field and the 22nd
	if err != nil || len(fields) <= started {
		return process{}
	}
	letter := fields[state][0]
	return process{known: true, alive: letter != 'Z' && letter != 'X', state: letter, started: fields[started]}
}

// AfterEnd calls f when a process has ended, unless ctx ends before. It reports whether the system tells that
// (pidfd_open(2)); until then nothing is spent on it.
func AfterEnd(ctx context.Context, pid int, f func()) bool {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return false
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return false
	}
	stop := context.AfterFunc(ctx, func() { file.Close() })
	go func() {
		waited := false
		if conn.Read(func(uintptr) bool { before := waited; waited = true; return before }) == nil && stop() {
			file.Close()
			f()
		}
	}()
	return true
}
