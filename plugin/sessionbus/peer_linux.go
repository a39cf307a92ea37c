package sessionbus

import (
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// checkPeer wants the socket's other end to be one's own or root's.
func checkPeer(raw net.Conn) error {
	socket, ok := raw.(*net.UnixConn)
	if !ok {
		return failed("the session bus is no socket of this machine")
	}
	rc, err := socket.SyscallConn()
	if err != nil {
		return failed("the session bus can't be asked who it is")
	}
	var peer *unix.Ucred
	var unknown error
	if err := rc.Control(func(fd uintptr) { peer, unknown = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil || unknown != nil {
		return failed("the session bus can't be asked who it is")
	}
	if !Own(peer.Uid) {
		return &Error{What: fmt.Sprintf("the session bus belongs to the user %d", peer.Uid), Foreign: true}
	}
	return nil
}
