//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// whileRead returns a context that ends when nobody reads out any more. git runs its helpers through a
// shell or through another git: when it is killed, the process that waits for the helper may live on.
func whileRead(parent context.Context, out io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	f, ok := out.(*os.File)
	if !ok {
		return ctx, func() { cancel(nil) }
	}
	go func() {
		const look = 200 * time.Millisecond
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				if hungUp(f) {
					cancel(signalError{syscall.SIGHUP})
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// hungUp reports whether the other end of a pipe is closed. Of anything else it knows nothing.
func hungUp(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
