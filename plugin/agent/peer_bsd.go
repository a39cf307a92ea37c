//go:build darwin || freebsd

package agent

import "golang.org/x/sys/unix"

// peer is the user whose process listens at the other end (LOCAL_PEERCRED; on macOS in the level SOL_LOCAL, which is 0).
func peer(fd int) (uid int, err error) {
	cred, err := unix.GetsockoptXucred(fd, 0, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
