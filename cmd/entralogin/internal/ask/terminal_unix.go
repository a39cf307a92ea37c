//go:build unix

package ask

import (
	"context"
	"errors"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/text"
)

// terminal asks at the terminal of the agent, while the agent is in its foreground: a shell's line, or another program's, is
// never touched.
type terminal struct{}

const (
	columns = 78
	// pace is how often the terminal is looked at while a question is open, and at no other time. Waiting for it to become
	// readable is not possible on every system, and a read that waits could not be taken back.
	pace = 50 * time.Millisecond
)

// line is the terminal, open for one question.
type line struct{ fd int }

// open opens the terminal, if a question can be put there now.
func (terminal) open() (line, error) {
	fd, err := unix.Open("/dev/tty", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return line{}, &cantAsk{"the agent has no terminal"}
	}
	l := line{fd}
	if !l.foreground() {
		l.close()
		return line{}, &cantAsk{"the agent is not in the foreground of its terminal"}
	}
	if modes, err := unix.IoctlGetTermios(fd, getTermios); err != nil || modes.Lflag&unix.ICANON == 0 {
		l.close()
		return line{}, &cantAsk{"another program has the agent's terminal for itself"}
	}
	return l, nil
}

func (l line) close() { _ = unix.Close(l.fd) } // nothing of it is kept

// foreground reports whether this process belongs to the job that has the terminal.
func (l line) foreground() bool {
	group, err := unix.IoctlGetInt(l.fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// forget throws away what was typed before the question: it is no answer to it.
func (l line) forget() {
	if modes, err := unix.IoctlGetTermios(l.fd, getTermios); err == nil {
		_ = unix.IoctlSetTermios(l.fd, setTermios, modes) // the same ones: it may be gone
	}
}

// write writes a text, for as long as a person may hold the output (Ctrl-S).
func (l line) write(ctx context.Context, s string) error {
	for s != "" {
		n, err := unix.Write(l.fd, []byte(s))
		switch {
		case errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR):
			if err := pause(ctx); err != nil {
				return err
			}
			continue
		case err != nil:
			return &cantAsk{"the agent's terminal is gone"}
		}
		s = s[n:]
	}
	return nil
}

// read is the next line that is typed. ended says that there is none (Ctrl-D).
func (l line) read(ctx context.Context) (typed string, ended bool, err error) {
	b := make([]byte, 256)
	for {
		if !l.foreground() { // to read on would stop the agent
			return "", false, ErrNoAnswer
		}
		switch n, err := unix.Read(l.fd, b); {
		case err == nil:
			return strings.TrimSpace(string(b[:n])), n == 0, nil
		case !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR):
			return "", false, ErrNoAnswer
		}
		if err := pause(ctx); err != nil {
			return "", false, err
		}
	}
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(pace)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t terminal) ask(ctx context.Context, q server.Question) (bool, error) {
	l, err := t.open()
	if err != nil {
		return false, err
	}
	defer l.close()
	lines := append([]string{title(q, asIs)}, details(q, asIs)...)
	l.forget()
	if err := l.write(ctx, paragraph(lines)+"entralogin: Give it? [y/N] "); err != nil {
		return false, err
	}
	typed, ended, err := l.read(ctx)
	if err != nil || ended {
		_, _ = unix.Write(l.fd, []byte("\n")) // the cursor should not stand behind the question, and need not
	}
	if err != nil {
		return false, err
	}
	typed = strings.ToLower(typed)
	return typed == "y" || typed == "yes", nil
}

func (t terminal) show(ctx context.Context, s string) error {
	l, err := t.open()
	if err != nil {
		return err
	}
	defer l.close()
	return l.write(ctx, paragraph(strings.Split(shown(s), "\n")))
}

// paragraph is a text as the program's own lines have it.
func paragraph(lines []string) string {
	var b strings.Builder
	for _, s := range lines {
		for _, part := range text.Fold(s, columns-len("entralogin: ")) {
			b.WriteString("entralogin: " + part + "\n")
		}
	}
	return b.String()
}
