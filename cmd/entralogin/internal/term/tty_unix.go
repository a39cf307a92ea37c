//go:build unix

package term

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// openTTY opens the controlling terminal for writing, if a line fits in there now. Nothing waits for it.
func openTTY() (*os.File, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, errors.New("no terminal is attached")
	}
	if err := takesLines(tty); err != nil {
		tty.Close()
		return nil, err
	}
	return tty, nil
}

func takesLines(tty *os.File) error {
	if !inForeground(tty) && !callerInForeground(tty) {
		return errors.New("this job is not in the foreground of the terminal")
	}
	if !cooked(tty) {
		return errors.New("another program has the terminal for itself (raw mode)")
	}
	return nil
}

// cooked reports whether a terminal is read line by line, as where no program has it for itself.
func cooked(f *os.File) bool {
	modes, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	return err == nil && modes.Lflag&unix.ICANON != 0
}

// linesReturn reports whether the next line begins at the left after a line feed, as where no program has the
// terminal raw: https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap11.html#tag_11_02_03
func linesReturn(f *os.File) bool {
	modes, err := unix.IoctlGetTermios(int(f.Fd()), getTermios)
	return err != nil || modes.Oflag&unix.OPOST != 0 && modes.Oflag&unix.ONLCR != 0
}

// askToRedraw has the programs of this job draw their screen anew, as they do when the size of the terminal has
// changed. To all others the signal means nothing.
func askToRedraw() { _ = unix.Kill(0, unix.SIGWINCH) } // who is gone needs no redraw

// forgetTyped throws away what was typed at a terminal and not read.
func forgetTyped(in io.Reader) {
	f, ok := in.(*os.File)
	if !ok {
		return
	}
	if modes, err := unix.IoctlGetTermios(int(f.Fd()), getTermios); err == nil {
		_ = unix.IoctlSetTermios(int(f.Fd()), setTermios, modes) // the same ones: it may be gone
	}
}

// inForeground reports whether this process belongs to the job that has the terminal: a job in the background
// ("kubectl get pods &") leaves the lines alone on which a person is typing.
func inForeground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// callerInForeground reports whether the caller does, which may run what it calls as jobs of their own.
func callerInForeground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	caller, errCaller := unix.Getpgid(unix.Getppid())
	return err == nil && errCaller == nil && group == caller
}

// notStopped keeps the terminal from stopping a process that writes on it and is not in the foreground ("stty
// tostop"), until the returned function is called:
// https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap11.html#tag_11_01_04
func notStopped() func() {
	if signal.Ignored(syscall.SIGTTOU) {
		return func() {}
	}
	signal.Ignore(syscall.SIGTTOU)
	return func() { signal.Reset(syscall.SIGTTOU) }
}
