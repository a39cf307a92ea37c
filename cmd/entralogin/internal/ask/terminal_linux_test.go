package ask

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/agent/server"
)

// onTerminal says what a copy of the test binary does on a terminal of its own.
const onTerminal = "ENTRALOGIN_ASK_ON_TERMINAL"

func TestMain(m *testing.M) {
	switch what, address := os.Getenv(onTerminal), os.Getenv(asStranger); {
	case address != "":
		if err := strange(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case what == "job": // the agent as a job in the background of its terminal
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), onTerminal+"=ask")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		_ = cmd.Run() // what it says is looked at
	case what != "":
		play(what)
	default:
		os.Exit(m.Run())
	}
}

// play asks, or shows, until standard input ends, and says how it ended.
func play(what string) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	a := New([]string{"SSH_CONNECTION=192.0.2.1 1 192.0.2.2 22"})
	if what == "show" {
		fmt.Printf("shown: %v\n", a.Show(ctx, "To sign in, open\x1b[2J\nhttps://login.example"))
		return
	}
	yes, err := a.Confirm(ctx, hostile())
	kind := "other"
	switch {
	case err == nil:
		kind = "none"
	case errors.Is(err, server.ErrCantAsk):
		kind = "can't ask"
	case errors.Is(err, ErrNoAnswer):
		kind = "no answer"
	case errors.Is(err, context.Canceled):
		kind = "end"
	}
	fmt.Printf("yes: %v, error: %s\n", yes, kind)
	if what == "ask and read" { // what is typed after the end is for whoever reads next
		tty, err := os.Open("/dev/tty")
		if err != nil {
			return
		}
		next, _ := bufio.NewReader(tty).ReadString('\n')
		fmt.Printf("next: %q\n", next)
	}
}

// session is such a program on its terminal.
type session struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	in     io.Closer // its end is that of the question
	out    *bufio.Reader
	seen   []byte
}

func newTerminal(t *testing.T) *session {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { master.Close() })
	raw, err := master.SyscallConn()
	must(t, err)
	number := 0
	must(t, raw.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	}))
	must(t, err)
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { slave.Close() })
	return &session{t: t, master: master, slave: slave}
}

func (s *session) start(what string) {
	s.t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{onTerminal + "=" + what}
	in, err := cmd.StdinPipe()
	must(s.t, err)
	out, err := cmd.StdoutPipe()
	must(s.t, err)
	cmd.Stderr = s.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
	must(s.t, cmd.Start())
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s.in, s.out = in, bufio.NewReader(out)
}

func (s *session) types(keys string) {
	s.t.Helper()
	_, err := s.master.WriteString(keys)
	must(s.t, err)
}

// shows waits until the terminal was sent a text.
func (s *session) shows(pattern string) {
	s.t.Helper()
	wanted := regexp.MustCompile(pattern)
	must(s.t, s.master.SetReadDeadline(time.Now().Add(time.Minute)))
	for b := make([]byte, 4096); !wanted.Match(s.seen); {
		n, err := s.master.Read(b)
		s.seen = append(s.seen, b[:n]...)
		if err != nil {
			s.t.Fatalf("no %q: %q, %v", pattern, s.seen, err)
		}
	}
}

// says wants the next line of the program.
func (s *session) says(want string) {
	s.t.Helper()
	if got, err := s.out.ReadString('\n'); got != want+"\n" {
		s.t.Errorf("got %q, not %q: %v", got, want, err)
	}
}

const asked = `entralogin: Give it\? \[y/N\] `

func TestTerminalAnswers(t *testing.T) {
	t.Parallel()
	for typed, yes := range map[string]bool{"y\n": true, " YES \n": true, "\n": false, "n\n": false, "no\n": false, "yet\n": false, "ja\n": false, "\x04": false} {
		s := newTerminal(t)
		s.start("ask")
		s.shows(asked)
		s.types(typed)
		s.says(fmt.Sprintf("yes: %v, error: none", yes))
	}
}

// The question stands in lines of the program's own, with nothing in them that moves the cursor.
func TestTerminalSays(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.start("ask")
	s.shows(asked)
	for line := range strings.SplitSeq(string(s.seen), "\r\n") {
		if !strings.HasPrefix(line, "entralogin: ") || len(line) > 80 || strings.ContainsAny(line, "\r\x1b") {
			t.Errorf("%q", line)
		}
	}
}

// What was typed before the question is no answer to it.
func TestTypedAhead(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.types("yes\n")
	s.shows("yes") // the echo: it lies in the terminal
	s.start("ask")
	s.shows(asked)
	s.types("\n")
	s.says("yes: false, error: none")
}

// A job in the background neither asks nor is stopped, and neither is one whose terminal another program has for itself.
func TestTerminalOfOthers(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.start("job")
	s.says("yes: false, error: can't ask")
	raw := newTerminal(t)
	modes, err := unix.IoctlGetTermios(int(raw.slave.Fd()), unix.TCGETS)
	must(t, err)
	modes.Lflag &^= unix.ICANON | unix.ECHO
	must(t, unix.IoctlSetTermios(int(raw.slave.Fd()), unix.TCSETS, modes))
	raw.start("ask")
	raw.says("yes: false, error: can't ask")
	for _, s := range []*session{s, raw} {
		must(t, s.slave.Close())
		must(t, s.master.SetReadDeadline(time.Now().Add(time.Minute)))
		if written, _ := io.ReadAll(s.master); len(written) != 0 { // EIO: nobody has it open any more
			t.Errorf("written: %q", written)
		}
	}
}

// The end of the question takes it back, and leaves what is typed then to whoever reads next.
func TestTerminalEnds(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.start("ask and read")
	s.shows(asked)
	must(t, s.in.Close())
	s.says("yes: false, error: end")
	s.types("typed later\n")
	s.says(`next: "typed later\n"`)
}

func TestTerminalShows(t *testing.T) {
	t.Parallel()
	s := newTerminal(t)
	s.start("show")
	s.shows(`^entralogin: To sign in, open\[2J\r\nentralogin: https://login.example\r\n$`)
	s.says("shown: <nil>")
}
