package route

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// A socket that looks like the user's own, and at which another user's process listens, is told nothing. Only root can make
// one.
func TestStrangerListens(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can listen as somebody else")
	}
	const stranger = 12345
	c, a := asked(t, whole)
	a.Close()
	dir := filepath.Dir(c.route.Socket)
	if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o711), os.Chown(dir, stranger, -1)); err != nil {
		t.Fatal(err)
	}
	type listening struct {
		net.Listener
		err error
	}
	done := make(chan listening)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, stranger, stranger, stranger); errno != 0 {
			done <- listening{err: errno}
			return
		}
		l, err := net.Listen("unix", c.route.Socket)
		done <- listening{l, err}
	}()
	l := <-done
	if err := errors.Join(l.err, os.Chown(dir, 0, -1), os.Chown(c.route.Socket, 0, -1), os.Chmod(c.route.Socket, 0o600)); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := make(chan int, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		n, _ := conn.Read(make([]byte, 1))
		said <- n
	}()
	if answer, ok := Answer(c.question(), c.now); ok || answer != nil {
		t.Errorf("%q", answer)
	}
	if n := <-said; n != 0 {
		t.Error("it is told what is wanted")
	}
}
