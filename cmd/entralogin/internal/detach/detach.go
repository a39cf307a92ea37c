// Package detach starts this program as a process of its own, which outlives the call that starts it and which nobody
// notices who waits for that call.
//
// client-go and git wait until all ends of their pipes are closed: so the process has none of the caller's descriptors.
// No key and no end of a terminal reaches it: it is in a session of its own. It keeps no file system busy: its folder is
// the root. And it leaves no zombie: where nobody is known to look after orphans, Start is not to be called (Unreaped).
//
// What it runs is a command that no kubeconfig may run, and its environment lacks the variable that says that one describes
// the call: whether that kubeconfig may do so was for the starter to ask, whose parent is still the caller.
package detach

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Start runs this very program, by the name entralogin, and does not wait for it. Its streams lead nowhere. What fails
// leaves nothing behind.
func Start(env []string, args ...string) error { return StartTelling(nil, env, args...) }

// StartTelling is Start of a process whose standard error is told, unless that is nil: why it ends at once. It has to be
// nothing that anybody waits for later, such as a stream of the caller's.
func StartTelling(told *os.File, env []string, args ...string) error {
	own, err := os.Executable()
	if err != nil {
		return err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	if info, err := null.Stat(); err != nil || info.Mode()&os.ModeDevice == 0 {
		return errors.Join(errors.New(os.DevNull+" is no device"), err)
	}
	if told == nil {
		told = null
	}
	root := filepath.VolumeName(own) + string(filepath.Separator)
	return start(own, append([]string{"entralogin"}, args...), syscall.ProcAttr{Dir: root, Env: env, Files: []uintptr{null.Fd(), null.Fd(), told.Fd()}})
}
