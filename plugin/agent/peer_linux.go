package agent

import "golang.org/x/sys/unix"

// peer is the user whose process listens at the other end: https://man7.org/linux/man-pages/man7/unix.7.html (SO_PEERCRED)
func peer(fd int) (uid int, err error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
