package broker

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"

	"github.com/entralogin/entralogin/plugin/failure"
)

// checkPeer wants the socket's other end to be one's own or root's.
func checkPeer(raw net.Conn) error {
	socket, ok := raw.(*net.UnixConn)
	if !ok {
		return unavailable("the session bus is no socket of this machine")
	}
	rc, err := socket.SyscallConn()
	if err != nil {
		return unavailable("the session bus can't be asked who it is")
	}
	var peer *unix.Ucred
	var failed error
	if err := rc.Control(func(fd uintptr) { peer, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil || failed != nil {
		return unavailable("the session bus can't be asked who it is")
	}
	if !own(peer.Uid) {
		return &Error{What: fmt.Sprintf("can't be trusted: the session bus belongs to the user %d", peer.Uid), class: failure.Answer}
	}
	return nil
}
