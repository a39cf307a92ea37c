//go:build unix

package agentcmd

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// firstPassed is the first descriptor that a service manager passes:
// https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
const firstPassed = 3

// passed are the sockets with which a service manager has started this very process; none where nobody did. The variables
// that say so are gone afterwards: no program that is run from here is meant. Errors: *cli.Advised.
func passed(getenv func(string) string) ([]socket, error) {
	pid, count, names := getenv("LISTEN_PID"), getenv("LISTEN_FDS"), strings.Split(getenv("LISTEN_FDNAMES"), ":")
	for _, name := range []string{"LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"} {
		os.Unsetenv(name)
	}
	n, err := strconv.Atoi(count)
	if pid != strconv.Itoa(os.Getpid()) || err != nil || n < 1 {
		return nil, nil
	}
	var all []socket
	for i := range n {
		given := ""
		if i < len(names) {
			given = names[i]
		}
		one, err := take(firstPassed+i, given)
		if err != nil {
			return nil, err
		}
		for _, other := range all {
			if other.name == one.name {
				return nil, misfit(fmt.Sprintf("two sockets are both to be %s", one.name))
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// take makes a socket of a descriptor that was passed under a name. Which one it is its name says, or else its path.
func take(fd int, given string) (socket, error) {
	unix.CloseOnExec(fd)
	described := fmt.Sprintf("the descriptor %d (%s)", fd, text.Short(given, 40))
	if listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); err != nil || listens == 0 {
		return socket{}, misfit(described + " is no socket that listens")
	}
	f := os.NewFile(uintptr(fd), given)
	defer f.Close() // the listener has a copy
	l, err := net.FileListener(f)
	if err != nil {
		return socket{}, misfit(described + " can't be used: " + text.SystemWords(err))
	}
	at, ok := l.Addr().(*net.UnixAddr)
	if !ok || at.Net != "unix" {
		l.Close()
		return socket{}, misfit(described + " is no unix socket for streams")
	}
	name, known := map[string]string{mainName: agent.Main, forwardName: agent.Forward}[given]
	if !known {
		name = filepath.Base(at.Name)
	}
	if name != agent.Main && name != agent.Forward {
		l.Close()
		return socket{}, misfit(described + " is neither " + mainName + " nor " + forwardName)
	}
	return socket{Listener: l, name: name, path: at.Name}, nil
}

// misfit is the error of a service manager's settings.
func misfit(what string) error {
	return &cli.Advised{Kind: failure.Config, What: "whoever started the agent has passed sockets that it can't use: " + what + ".",
		Advice: []string{"To write units that fit: entralogin agent install"}}
}

// tellManager tells the service manager how the agent is, as https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
// says: "READY=1". Whoever does not listen need not know.
func tellManager(at, state string) {
	if !strings.HasPrefix(at, "/") && !strings.HasPrefix(at, "@") {
		return
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: at, Net: "unixgram"})
	if err != nil {
		return
	}
	defer conn.Close()
	conn.Write([]byte(state))
}
