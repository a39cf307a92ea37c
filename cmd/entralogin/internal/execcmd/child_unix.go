//go:build unix

package execcmd

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
)

// signals are those that this process takes while the program runs.
type signals struct {
	taken chan os.Signal
	ended chan struct{}
}

// takeSignals keeps this process alive through what ends the program. The program is in the same process group: a key such
// as Ctrl-C reaches both, and Ctrl-Z stops both. What this process ignores, as under nohup, stays ignored for both;
// SIGPIPE, which it ignores for itself, is not the program's to ignore.
func takeSignals() *signals {
	s := &signals{make(chan os.Signal, 8), make(chan struct{})}
	for _, each := range []os.Signal{unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGWINCH} {
		if !signal.Ignored(each) {
			signal.Notify(s.taken, each)
		}
	}
	signal.Notify(make(chan os.Signal, 1), unix.SIGPIPE)
	return s
}

// passTo passes signals on to the program, except for those that the terminal has sent it already.
func (s *signals) passTo(p *os.Process) {
	go func() {
		for {
			select {
			case got := <-s.taken:
				if !fromKeys(got) {
					p.Signal(got)
				}
			case <-s.ended:
				return
			}
		}
	}()
}

// fromKeys reports whether a signal is one that a terminal sends to all of its foreground job, and this process is of that.
func fromKeys(got os.Signal) bool {
	switch got {
	case unix.SIGINT, unix.SIGQUIT, unix.SIGWINCH:
	default:
		return false
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func (s *signals) end() {
	close(s.ended)
	signal.Stop(s.taken)
}

// exitCode is a shell's: 128 and the signal that ended a program.
func exitCode(p *os.ProcessState) int {
	if status, ok := p.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return cli.ExitSignal + int(status.Signal())
	}
	return p.ExitCode()
}
