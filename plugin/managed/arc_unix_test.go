//go:build unix

package managed

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/failure"
)

func TestArcKeysUnix(t *testing.T) {
	content := []byte("c29tZSBrZXk=")
	t.Run("a FIFO", func(t *testing.T) {
		checkKey(t, func(_, path string) error { return syscall.Mkfifo(path, 0o600) }, "", failure.Config)
	})
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	t.Run("another's", func(t *testing.T) {
		checkKey(t, func(_, path string) error {
			return errors.Join(os.WriteFile(path, content, 0o440), os.Chown(path, 12345, -1))
		}, "", failure.Config)
	})
	t.Run("the agent's", func(t *testing.T) {
		checkKey(t, func(keys, path string) error {
			return errors.Join(os.WriteFile(path, content, 0o440), os.Chown(path, 12345, -1), os.Chown(keys, 12345, -1))
		}, "", "")
	})
}

// Who may not read the key hears which group can.
func TestArcGroup(t *testing.T) {
	err := keyError("/keys", &fs.PathError{Op: "open", Path: "/keys/k.key", Err: syscall.EACCES})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != failure.Config || !strings.Contains(e.Advice, "himds") {
		t.Errorf("%v", err)
	}
}
