package agent

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A listener on which more wait than it has room for is no dead one.
func TestBusyListener(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "s")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}), syscall.Listen(fd, 0), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer file.Close()
	for {
		conn, err := net.Dial("unix", path)
		if errors.Is(err, syscall.EAGAIN) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	l, err := net.FileListener(file)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	time.AfterFunc(3*busy, func() { l.Accept() })
	conn, err := Dial(t.Context(), Place{Path: path}, os.Geteuid())
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// Where another user listens nothing is sent, though the socket looks like one's own.
func TestListenerOfAnotherUser(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t), "s")
	if os.Geteuid() != 0 { // it takes root to listen as another: the same from the other end
		listen(t, path)
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := checkPeer(conn, os.Geteuid()+1); err == nil || !strings.Contains(err.Error(), "listens there, and not you") {
			t.Error(err)
		}
		return
	}
	const nobody = 65534
	if err := os.Chmod(filepath.Dir(path), 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // the user is the thread's
	defer runtime.UnlockOSThread()
	become := func(uid int) {
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, ^uintptr(0), uintptr(uid), ^uintptr(0)); errno != 0 {
			panic(errno) // the thread is of no use any more
		}
	}
	become(nobody)
	l, err := net.Listen("unix", path)
	become(0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := errors.Join(os.Chown(path, 0, 0), os.Chmod(path, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), Place{Path: path}, 0); err == nil || !strings.Contains(err.Error(), "the user 65534 listens there") {
		t.Errorf("%v", err)
	}
}
