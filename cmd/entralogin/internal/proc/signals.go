// Package proc is about processes: this one, its caller, signals, and what a system tells of them.
package proc

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// SignalError is the cause of a context that a signal ended.
type SignalError struct{ Signal syscall.Signal }

func (e SignalError) Error() string { return fmt.Sprintf("ended by a signal (%v)", e.Signal) }

// UntilSignal returns a context that SIGINT, SIGTERM and SIGHUP end, and the death of the caller: kubectl
// and git leave their plugins running when they are killed, and nobody would take the answer. A signal
// that the caller chose to ignore (nohup) stays ignored.
//
// It is called before something is waited for; a warm call is over sooner than it could be set up, and
// leaves signals to their default.
func UntilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		select {
		case s := <-signals:
			cancel(SignalError{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	caller := os.Getppid()
	if !cache.AfterEnd(ctx, caller, func() { cancel(SignalError{syscall.SIGHUP}) }) {
		go hangUp(ctx, cancel, time.Second, func() bool { return os.Getppid() != caller })
	}
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// hangUp ends a context, as a hangup does, when gone says that nobody waits for the answer any more. look is the time
// between two looks.
func hangUp(ctx context.Context, cancel context.CancelCauseFunc, look time.Duration, gone func() bool) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if gone() {
				cancel(SignalError{syscall.SIGHUP})
			}
		case <-ctx.Done():
			return
		}
	}
}
