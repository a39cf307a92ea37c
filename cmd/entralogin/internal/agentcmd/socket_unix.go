//go:build unix

package agentcmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// lockName is the file that an agent holds a lock on for as long as it serves: two that start at once must not both take
// a dead socket for their own. It is never deleted.
const lockName = "agent.lock"

// socket is a socket on which the agent listens.
type socket struct {
	net.Listener
	name string // agent.Main or agent.Forward
	path string
	// made is what this process has put at path; nil where somebody else has, and removes it.
	made fs.FileInfo
}

// remove closes a socket, and removes it where it is still the one that this process has made.
func (s socket) remove() {
	s.Close()
	if now, err := os.Lstat(s.path); err == nil && s.made != nil && os.SameFile(now, s.made) {
		os.Remove(s.path)
	}
}

// makeFolder makes the folder of the sockets, for its owner alone. What stands there already has to be just that, and is
// never followed. Errors: *cli.Advised.
func makeFolder(dir string) error {
	const elsewhere = "Or set XDG_RUNTIME_DIR to another folder of yours, for the agent and for those who ask it."
	for _, name := range []string{agent.Main, agent.Forward} {
		if path := filepath.Join(dir, name); len(path) > agent.LongestPath {
			return unfit(fmt.Sprintf("the path of the agent's socket has %d bytes, and no more than %d serve on all systems: %s", len(path), agent.LongestPath, text.Short(path, 200)),
				"Set XDG_RUNTIME_DIR to a folder with a shorter path, for the agent and for those who ask it.")
		}
	}
	if err := agent.MakeFolder(dir, os.Geteuid()); err != nil {
		return unfit(err.Error(), "Make it a folder of yours with mode 0700, or move away what is there. "+elsewhere)
	}
	return nil
}

func ours(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// unfit is the error of a place that can't serve.
func unfit(what, advice string) error {
	e := &cli.Advised{Kind: failure.Storage, What: what + "."}
	if advice != "" {
		e.Advice = []string{advice}
	}
	return e
}

// running is the error of a second agent. Errors of that kind have the class of a lock: somebody else holds the place.
func running(dir string) error {
	return &cli.Advised{Kind: failure.Lock, What: "an agent of yours serves already, at " + text.Short(filepath.Join(dir, agent.Main), 200) + ".",
		Advice: []string{"What it is doing: entralogin agent status", "To end it: entralogin agent stop"}}
}

// claim takes the folder for this process, until release or its end. Errors: *cli.Advised.
func claim(dir string) (release func(), err error) {
	path := filepath.Join(dir, lockName)
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, unfit("the agent's lock can't be opened: "+text.SystemWords(err)+": "+text.Short(path, 200), "Look at what it is, and move it away.")
	}
	var is unix.Stat_t
	if err := unix.Fstat(fd, &is); err != nil || is.Mode&unix.S_IFMT != unix.S_IFREG {
		unix.Close(fd)
		return nil, unfit("the agent's lock is no file: "+text.Short(path, 200), "Look at what it is, and move it away.")
	}
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, running(dir)
		}
		return nil, unfit("the agent's lock can't be had: "+text.SystemWords(err)+": "+text.Short(path, 200), "")
	}
	return func() { unix.Close(fd) }, nil
}

// listen makes a socket in a folder that this process has claimed, for its owner alone. One that a dead agent has left is
// replaced. Errors: *cli.Advised.
func listen(dir, name string) (socket, error) {
	path := filepath.Join(dir, name)
	if err := clear(dir, path); err != nil {
		return socket{}, err
	}
	before := syscall.Umask(0o177)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	syscall.Umask(before)
	if err != nil {
		return socket{}, unfit("the agent can't listen at "+text.Short(path, 200)+": "+text.SystemWords(err), "")
	}
	l.SetUnlinkOnClose(false) // another one's may stand there by then
	made, err := os.Lstat(path)
	if err != nil {
		l.Close()
		return socket{}, unfit("the agent's socket is gone: "+text.SystemWords(err), "")
	}
	return socket{l, name, path, made}, nil
}

// lives reports whether somebody serves at the other end of a connection, which it closes: one that is being killed still
// listens for a moment, and hangs up then.
func lives(conn net.Conn, end time.Time) bool {
	defer conn.Close()
	conn.SetDeadline(end)
	_, err := io.WriteString(conn, agent.Hello)
	if err == nil {
		_, err = conn.Read(make([]byte, 1))
	}
	return err == nil || errors.Is(err, os.ErrDeadlineExceeded)
}

// clear removes a socket of ours on which nobody listens. What is none, and one that answers, stays. Errors: *cli.Advised.
func clear(dir, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Mode().Type() != fs.ModeSocket || !ours(info) {
		return unfit(text.Short(path, 200)+" is no socket of yours", "Look at what it is, and move it away.")
	}
	const patience, look = 2 * time.Second, 5 * time.Millisecond // which nobody needs who listens
	for end := time.Now().Add(patience); ; time.Sleep(look) {
		conn, err := net.DialTimeout("unix", path, patience)
		if errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
		if err != nil {
			return unfit("it can't be told whether somebody listens at "+text.Short(path, 200)+": "+text.SystemWords(err), "")
		}
		if lives(conn, end) || time.Now().After(end) {
			return running(dir)
		}
	}
	if err := os.Remove(path); err != nil {
		return unfit("the socket that a dead agent left can't be removed: "+text.SystemWords(err)+": "+text.Short(path, 200), "")
	}
	return nil
}
