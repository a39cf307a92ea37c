package cache

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// denyVariable lists calls of the kernel that a child of the tests can't have, each as "number=errno".
const denyVariable = "ENTRALOGIN_TEST_DENY"

// linuxChild is what a child does on Linux alone.
func linuxChild(what string) func([]string) {
	return map[string]func([]string){"disk": childDisk, "inside": childInside}[what]
}

// denying is startable without some calls of the kernel, as on a file system that does not have them.
func denying(t *testing.T, calls map[int]syscall.Errno, what string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := startable(t, what, args...)
	denyTo(cmd, calls)
	return cmd
}

func denyTo(cmd *exec.Cmd, calls map[int]syscall.Errno) {
	var list []string
	for call, errno := range calls {
		list = append(list, fmt.Sprintf("%d=%d", call, errno))
	}
	cmd.Env = append(cmd.Env, denyVariable+"="+strings.Join(list, ","))
}

// WithoutFlock is for the tests outside of the package.
func WithoutFlock(cmd *exec.Cmd) { denyTo(cmd, noFlock(unix.ENOLCK)) }

// denyFromEnvironment has the kernel refuse what denyVariable lists: seccomp(2).
func denyFromEnvironment() {
	for pair := range strings.SplitSeq(os.Getenv(denyVariable), ",") {
		call, errno, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		c, err := strconv.Atoi(call)
		check(err)
		e, err := strconv.Atoi(errno)
		check(err)
		check(deny(uint32(c), uint32(e)))
	}
}

func deny(call, errno uint32) error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // seccomp_data.nr
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | errno},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if e != 0 {
		return e
	}
	return nil
}

// A file system without fsync has written what was written. One whose fsync fails has not.
func TestNoFlush(t *testing.T) {
	for errno, kept := range map[syscall.Errno]bool{unix.EINVAL: true, unix.ENOTSUP: true, unix.ENOSYS: true, unix.EIO: false, unix.ENOSPC: false} {
		s, _ := newStore(t)
		out, err := denying(t, map[int]syscall.Errno{unix.SYS_FSYNC: errno}, "keep", s.Dir).Output()
		session, errSession := s.Session(testSession)
		if err != nil || errSession != nil || (string(out) == "<nil>\n") != kept || session.IsZero() == kept {
			t.Errorf("%v: said %q, %v; kept %v, %v", errno, out, err, !session.IsZero(), errSession)
		}
		if left := temporaryIn(t, s); len(left) > 0 {
			t.Errorf("%v: left %q", errno, left)
		}
	}
}

func temporaryIn(t *testing.T, s *Store) (left []string) {
	t.Helper()
	for _, name := range names(t, s, sessions) {
		if isTemp(name) {
			left = append(left, name)
		}
	}
	return left
}
