//go:build unix

package term

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cache"
)

// CanAskSecret says why nobody can type what is not shown, nil if somebody can: at the controlling terminal, whatever
// standard input is, and with standard error on a terminal, too, so that the question is seen.
func (s *Stderr) CanAskSecret() error {
	if terminalOf(s.Out) == nil {
		return errors.New("standard error is no terminal")
	}
	k, err := openKeyboard()
	if err != nil {
		return err
	}
	return k.tty.Close()
}

// AskSecret puts a question to a person, and returns what is typed or pasted behind it, of which nothing is shown. Of
// what is longer, longest bytes and one more are returned. The error is io.EOF where the person ends the input instead
// (Ctrl-D).
//
// A terminal that is read line by line keeps no more than 4,095 bytes of a line, so that it is not while this goes on
// (https://man7.org/linux/man-pages/man3/termios.3.html). What a person types ahead, and what comes behind the end of
// the line, is thrown away: a shell must not get the rest of a secret.
func (s *Stderr) AskSecret(ctx context.Context, question string, longest int) (cache.Secret, error) {
	k, err := openKeyboard()
	if err != nil {
		return cache.Secret{}, err
	}
	defer k.tty.Close()
	ask := func() { s.write(strings.TrimRight(s.form([]string{question}), "\r\n") + " ") }
	mark := func(mode string) { // bracketed paste: the terminal tells a paste from keys
		if s.Env.canDraw() {
			io.WriteString(s.Out, "\x1b[?2004"+mode)
		}
	}
	mark("h")
	defer mark("l")
	defer k.restore()
	if err := k.hide(); err != nil {
		return cache.Secret{}, err
	}
	ask()
	defer s.write("\n")
	l := &line{keys: k.shown.Cc[:], longest: longest}
	for !l.over {
		if ctx.Err() != nil {
			return cache.Secret{}, context.Cause(ctx)
		}
		typed, err := k.read()
		if err != nil {
			return cache.Secret{}, err
		}
		if signal := l.take(typed); signal != 0 {
			mark("l") // this process may be at its end
			k.pass(ctx, signal)
			if mark("h"); ctx.Err() != nil {
				continue
			}
			if err := k.hide(); err != nil {
				return cache.Secret{}, err
			}
			ask()
		}
	}
	if l.ended {
		return cache.Secret{}, io.EOF
	}
	return cache.NewSecret(string(l.content)), nil
}

// line is what a person types or pastes, as a terminal sends it that gives no meaning to it.
type line struct {
	keys    []uint8 // those of the terminal, by their place in a termios
	longest int

	content []byte
	escape  []byte // a control sequence that has begun
	pasting bool   // within the marks of a bracketed paste
	entered bool   // Enter came
	silent  int    // so many times in a row nothing came
	over    bool
	ended   bool // by Ctrl-D
}

// longestPause is how many silent moments a paste may have within: somebody's network may be slow.
const longestPause = 20

// take takes what came within a moment. A signal is what a key stands for, 0 for none.
//
// Enter ends the line when nothing comes right behind it: a paste may be of several lines, and not every terminal marks
// one.
func (l *line) take(typed []byte) syscall.Signal {
	if len(typed) > 0 {
		l.silent = 0
	} else {
		l.silent++
		l.escape = nil // the key Esc
		l.pasting = l.pasting && l.silent < longestPause
		l.over = l.over || l.entered && !l.pasting
	}
	for _, c := range typed {
		if signal := l.key(c); signal != 0 {
			l.content, l.escape, l.entered, l.pasting = nil, nil, false, false
			return signal
		}
	}
	return 0
}

// key takes one byte.
func (l *line) key(c byte) syscall.Signal {
	const esc, backspace, del = 0x1b, 0x08, 0x7f
	is := func(key int) bool { return l.keys[key] == c }
	switch {
	case len(l.escape) > 0:
		l.sequence(c)
	case c == esc:
		l.escape = []byte{c}
	case l.pasting && (c < ' ' || c == del), c == 0:
	case is(unix.VINTR):
		return syscall.SIGINT
	case is(unix.VQUIT):
		return syscall.SIGQUIT
	case is(unix.VSUSP):
		return syscall.SIGTSTP
	case is(unix.VEOF):
		l.over, l.ended = true, len(l.content) == 0
	case is(unix.VKILL):
		l.content = l.content[:0]
	case is(unix.VERASE), c == backspace, c == del:
		_, n := utf8.DecodeLastRune(l.content)
		l.content = l.content[:len(l.content)-n]
	case c == '\r', c == '\n':
		l.entered = true
	case c >= ' ' && len(l.content) <= l.longest:
		l.content = append(l.content, c)
	}
	return 0
}

// sequence takes a byte of a control sequence (ECMA-48, section 5.4), which says that a paste begins or ends
// (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h2-Bracketed-Paste-Mode), or means nothing here.
func (l *line) sequence(c byte) {
	const longest = 32
	l.escape = append(l.escape, c)
	switch {
	case len(l.escape) == 2 && (c == '[' || c == 'O'), len(l.escape) < longest && len(l.escape) > 2 && c < '@':
		return
	case string(l.escape) == "\x1b[200~":
		l.pasting = true
	case string(l.escape) == "\x1b[201~":
		l.pasting = false
	}
	l.escape = nil
}

// keyboard is the terminal of a person who types what is not shown.
type keyboard struct {
	tty   *os.File
	shown unix.Termios // its modes before
}

func openKeyboard() (*keyboard, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, errors.New("no terminal is attached")
	}
	modes, err := unix.IoctlGetTermios(int(tty.Fd()), getTermios)
	switch {
	case err != nil:
		err = errors.New("the terminal has no modes")
	case !inForeground(tty):
		err = errors.New("this job is not in the foreground of the terminal")
	case modes.Lflag&unix.ICANON == 0:
		err = errors.New("another program has the terminal for itself (raw mode)")
	}
	if err != nil {
		tty.Close()
		return nil, err
	}
	return &keyboard{tty, *modes}, nil
}

// hide has the terminal show nothing of what is typed, and pass on all of it at once.
func (k *keyboard) hide() error {
	modes := k.shown
	modes.Iflag &^= unix.ISTRIP
	modes.Lflag &^= unix.ICANON | unix.ECHO | unix.ECHONL | unix.ISIG | unix.IEXTEN
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(int(k.tty.Fd()), setTermios, &modes); err != nil {
		return errors.New("the terminal can't be kept from showing what is typed")
	}
	return nil
}

// restore gives the terminal its modes back, once nothing more of a paste comes. What was not read is thrown away.
func (k *keyboard) restore() {
	const most = 1000 // times: somebody may lean on a key
	for range most {
		if rest, err := k.read(); err != nil || len(rest) == 0 {
			break
		}
	}
	_ = unix.IoctlSetTermios(int(k.tty.Fd()), setTermios, &k.shown) // it may be gone
}

// pass has a key mean to this job what it means elsewhere: with the modes that the shell expects.
func (k *keyboard) pass(ctx context.Context, s syscall.Signal) {
	k.restore()
	_ = unix.Kill(0, s)
	select {
	case <-ctx.Done():
	case <-time.After(readMoment): // a signal need not arrive at once
	}
}

const readMoment = 100 * time.Millisecond

// read returns what is typed within a moment.
func (k *keyboard) read() ([]byte, error) {
	fd := int(k.tty.Fd())
	var ready unix.FdSet
	ready.Set(fd)
	wait := unix.NsecToTimeval(readMoment.Nanoseconds())
	n, err := unix.Select(fd+1, &ready, nil, nil, &wait)
	if n <= 0 || err != nil {
		return nil, k.stillHides()
	}
	b := make([]byte, 4096)
	n, err = unix.Read(fd, b)
	if err == unix.EINTR {
		return nil, nil
	}
	if err != nil || n == 0 {
		return nil, errGone
	}
	return b[:n], nil
}

var errGone = errors.New("the terminal is gone")

// stillHides hides again what is typed where this process was stopped and a shell has changed the modes meanwhile.
func (k *keyboard) stillHides() error {
	modes, err := unix.IoctlGetTermios(int(k.tty.Fd()), getTermios)
	switch {
	case err != nil:
		return errGone
	case modes.Lflag&(unix.ICANON|unix.ECHO) != 0:
		return k.hide()
	}
	return nil
}
