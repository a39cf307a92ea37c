//go:build unix

package proc

import (
	"context"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cache"
)

// WhileRead returns a context that ends as that of UntilSignal does, when nobody reads out any more, and when the git
// that was called has ended. git runs its helpers through a shell and through other gits: when it is killed, the
// process that waits for the helper lives on.
func WhileRead(parent context.Context, out io.Writer) (context.Context, func()) {
	parent, done := UntilSignal(parent)
	ctx, cancel := context.WithCancelCause(parent)
	f, _ := out.(*os.File)
	go func() {
		before := findCallers()
		for _, caller := range before {
			cache.AfterEnd(ctx, caller.pid, func() { cancel(SignalError{syscall.SIGHUP}) })
		}
		const look = 3 * time.Second // at what AfterEnd does not tell
		hangUp(ctx, cancel, look, func() bool { return f != nil && hungUp(f) || before.gone() })
	}()
	return ctx, func() {
		cancel(nil)
		done()
	}
}

// hungUp reports whether the other end of a pipe is closed. Of anything else it knows nothing.
func hungUp(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
