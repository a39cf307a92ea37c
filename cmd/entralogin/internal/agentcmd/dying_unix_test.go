//go:build unix

package agentcmd

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/failure"
)

// listener is one at a path of a folder, which leaves its socket behind.
func listener(t *testing.T) (dir string, l *net.UnixListener) {
	t.Helper()
	dir, err := os.MkdirTemp("", "el-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err = net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	t.Cleanup(func() { l.Close() })
	return dir, l
}

// An agent that is being killed still listens for a moment. What it leaves is removed.
func TestClearDying(t *testing.T) {
	t.Parallel()
	dir, l := listener(t)
	go func() {
		for range 3 { // those who connect are hung up on, and then nobody listens
			if conn, err := l.Accept(); err == nil {
				conn.Close()
			}
		}
		l.Close()
	}()
	path := filepath.Join(dir, "s")
	if err := clear(dir, path); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// One that serves keeps its place.
func TestClearServed(t *testing.T) {
	t.Parallel()
	dir, l := listener(t)
	go func() {
		if conn, err := l.Accept(); err == nil {
			conn.Read(make([]byte, 512))
			conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
			conn.Close()
		}
	}()
	path := filepath.Join(dir, "s")
	err := clear(dir, path)
	if advised, ok := errors.AsType[*cli.Advised](err); !ok || advised.Kind != failure.Lock {
		t.Errorf("%v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}
