package server

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// Peer is who is at the other end of a connection, by what this machine knows: never by what they say.
type Peer struct {
	Host string // for people and in grants: "ops@build1 (ssh)", "container 0123456789ab", "/usr/bin/socat"; clean
	ID   string // tells this one from others with that Host, where a grant must not go over to them; or ""
	UID  int
	PID  int
}

// errNoPeer says that the system does not say who is there.
var errNoPeer = errors.New("the system does not say whose program it is")

// DescribePeer says who is at the other end of a unix socket: the ssh that has connected on behalf of a host, a container,
// or a program of this machine. Errors say why it is refused: another user's, or the system does not tell.
func DescribePeer(c net.Conn) (Peer, error) {
	socket, ok := c.(*net.UnixConn)
	if !ok {
		return Peer{}, errNoPeer
	}
	uid, pid, err := credentials(socket)
	if err != nil {
		return Peer{}, err
	}
	if err := checkUID(uid); err != nil {
		return Peer{}, err
	}
	p := Peer{UID: uid, PID: pid}
	p.Host, p.ID = process(socket, pid)
	return p, nil
}

// checkUser refuses a connection of another user, and where the system does not say whose it is. pid is the process that
// has connected, 0 where that is not known.
func checkUser(c *net.UnixConn) (pid int, err error) {
	uid, pid, err := credentials(c)
	if err != nil {
		return 0, err
	}
	return pid, checkUID(uid)
}

// program is what is known of a process.
type program struct {
	executable string   // its path, "" where that is not known
	arguments  []string // as it has them now, the first of which is its name
	container  string   // ID of the container that it is in, "" for none
	apart      string   // tells its namespaces from others, where they are not this process's own; else ""
}

// host is whom a program stands for. ok is false where nothing is known of it.
func (p program) host() (name string, ok bool) {
	base := p.executable[strings.LastIndexByte(p.executable, '/')+1:]
	switch {
	case p.container != "": // first of all: in there, anything may be called ssh
		return "container " + p.container[:min(12, len(p.container))], true
	case p.apart != "" && p.executable != "": // likewise
		return p.executable + " (in a container)", true
	case base == "ssh":
		return sshHost(p.arguments), true
	case text.IsOwnName(p.executable) && len(p.arguments) > 1 && p.arguments[1] == "ssh": // a port that it relays
		return sshHost(p.arguments[1:]), true
	case p.executable != "":
		return p.executable, true
	}
	return "", false
}

// unknown is a program of which only the process is known.
func unknown(pid int) string { return fmt.Sprintf("a program of this machine (process %d)", pid) }
