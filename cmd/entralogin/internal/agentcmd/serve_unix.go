//go:build unix

package agentcmd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/text"
)

// Why an agent ends. None of them is a failure: it was told to.
var (
	errStopped = errors.New("entralogin agent stop")
	errLife    = errors.New("its time is over")
	errHungUp  = errors.New("its terminal was closed")
)

// serve makes the sockets and serves until the agent is told to end. Errors: *cli.Advised, those of the server.
func serve(ctx context.Context, f *cli.Factory, of server.Settings, r *rest, life time.Duration) error {
	syscall.Umask(0o077) // of all that is made from here on
	sockets, release, err := open(f)
	if err != nil {
		return err
	}
	defer release()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	of.Stop = func() { end(errStopped) }
	s := server.New(of)
	defer heed(s, end)()
	if life > 0 {
		defer time.AfterFunc(life, func() { end(errLife) }).Stop()
	}
	for _, one := range sockets {
		f.Err.Say("the agent listens at %s", text.Short(one.path, 200))
	}
	manager := f.Getenv("NOTIFY_SOCKET")
	os.Unsetenv("NOTIFY_SOCKET") // no program that is run from here is meant
	tellManager(manager, "READY=1")
	r.begin()
	err = serveAll(ctx, end, map[string]http.Handler{agent.Main: r.around(s.Main()), agent.Forward: r.around(s.Forward())}, s, sockets)
	tellManager(manager, "STOPPING=1")
	if err != nil {
		return err
	}
	if why := context.Cause(ctx); why != nil {
		f.Err.Say("the agent has ended: %v", why)
	}
	return nil
}

// serveAll serves each socket until the agent ends; one that fails ends the others.
func serveAll(ctx context.Context, end context.CancelCauseFunc, handlers map[string]http.Handler, s *server.Server, sockets map[string]socket) error {
	failed := make(chan error, len(sockets))
	for name, one := range sockets {
		go func() { failed <- s.Serve(ctx, one, handlers[name]) }()
	}
	var first error
	for range sockets {
		if err := <-failed; err != nil && first == nil {
			first = err
			end(err)
		}
	}
	return first
}

// heed ends the agent, or has it drop what was granted, where a signal says so, until stop. A signal that the caller
// chose to ignore (nohup) stays ignored.
func heed(s *server.Server, end context.CancelCauseFunc) (stop func()) {
	signals := make(chan os.Signal, 4)
	for _, one := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(one) {
			signal.Notify(signals, one)
		}
	}
	attended := proc.HasTerminal()
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case one := <-signals:
				if one != syscall.SIGHUP {
					end(proc.SignalError{Signal: one.(syscall.Signal)})
					return
				}
				s.Drop()
				if attended && !proc.HasTerminal() {
					end(errHungUp)
					return
				}
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// open makes the sockets, or takes those with which a service manager has started this process. release closes them, and
// removes those that were made here. Errors: *cli.Advised.
func open(f *cli.Factory) (map[string]socket, func(), error) {
	all, err := passed(f.Getenv)
	if err != nil {
		return nil, nil, err
	}
	undo := []func(){}
	release := func() {
		for _, one := range undo {
			one()
		}
	}
	if len(all) == 0 {
		dir := agent.Folder(f.Getenv, os.Geteuid())
		if err := makeFolder(dir); err != nil {
			return nil, nil, err
		}
		free, err := claim(dir)
		if err != nil {
			return nil, nil, err
		}
		defer func() { undo = append(undo, free) }() // last: the place is free once the sockets are gone
		for _, name := range []string{agent.Main, agent.Forward} {
			one, err := listen(dir, name)
			if err != nil {
				release()
				free()
				return nil, nil, err
			}
			undo = append(undo, one.remove)
			all = append(all, one)
		}
	}
	sockets := map[string]socket{}
	for _, one := range all {
		sockets[one.name] = one
	}
	if _, ok := sockets[agent.Main]; !ok {
		return nil, nil, misfit(fmt.Sprintf("none of them is %s", filepath.Base(agent.Main)))
	}
	return sockets, release, nil
}
