package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pty is a program on a terminal of its own.
type pty struct {
	t      *testing.T
	cmd    *exec.Cmd
	raw    screen // what the program wrote
	ended  chan struct{}
	master *os.File
}

// onTerminal starts a program on a new terminal of that size. change may take streams away from it.
func (h *house) onTerminal(columns, rows int, change func(*exec.Cmd), args ...string) *pty {
	h.t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		h.t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	}
	if err != nil {
		h.t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	defer slave.Close()
	p := &pty{t: h.t, cmd: exec.Command(args[0], args[1:]...), ended: make(chan struct{}), master: master}
	p.cmd.Dir, p.cmd.Env = h.work, h.env
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = slave, slave, slave
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if change != nil {
		change(p.cmd)
	}
	if err := p.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { p.cmd.Process.Kill() })
	go func() {
		defer close(p.ended)
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			p.raw.Write(b[:n])
			if err != nil { // EIO: nobody has the terminal open any more
				return
			}
		}
	}()
	return p
}

// shows waits until the terminal was sent a text, as it stands or with its lines whole, and returns all that it was sent.
func (p *pty) shows(pattern string) string {
	p.t.Helper()
	wanted := regexp.MustCompile(pattern)
	if !until(func() bool { return wanted.Match(p.raw.Bytes()) || wanted.MatchString(whole(string(p.raw.Bytes()))) }) {
		p.t.Fatalf("no %q: %q", pattern, p.raw.Bytes())
	}
	return string(p.raw.Bytes())
}

// whole puts the lines of standard error together that were broken to fit.
func whole(raw string) string {
	return strings.NewReplacer("\r\n  ", " ", "\r\n/", " /").Replace(raw) // a path has a line for itself
}

// end waits for the end of the program and returns all that the terminal was sent.
func (p *pty) end() string {
	p.t.Helper()
	p.cmd.Wait()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("the terminal is still in use: %q", p.raw.Bytes())
	}
	return string(p.raw.Bytes())
}

// rowsOf are the lines that a person sees who was sent raw: carriage returns go back, and what comes later
// covers what was there. Lines that are too long go on in the next.
func rowsOf(raw string, columns int) []string {
	rows := [][]rune{nil}
	at := 0
	put := func(r rune) {
		if at == columns {
			rows, at = append(rows, nil), 0
		}
		last := &rows[len(rows)-1]
		for len(*last) <= at {
			*last = append(*last, ' ')
		}
		(*last)[at] = r
		at++
	}
	for _, r := range raw {
		switch r {
		case '\r':
			at = 0
		case '\n':
			rows, at = append(rows, nil), 0
		default:
			put(r)
		}
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return lines
}
