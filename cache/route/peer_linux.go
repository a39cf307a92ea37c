package route

import "syscall"

// peer is the user whose process listens at the other end of a socket:
// https://man7.org/linux/man-pages/man7/unix.7.html (SO_PEERCRED)
func peer(fd int) (uid int, ok bool) {
	cred, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil {
		return 0, false
	}
	return int(cred.Uid), true
}
