package route

import (
	"syscall"
	"unsafe"
)

// credentials are the struct xucred of sys/ucred.h.
type credentials struct {
	version uint32
	uid     uint32
	n       int16
	groups  [16]uint32
}

// peer is the user whose process listens at the other end of a socket: LOCAL_PEERCRED of sys/un.h, in the level SOL_LOCAL.
func peer(fd int) (uid int, ok bool) {
	const level, option = 0, 1
	var c credentials
	size := uint32(unsafe.Sizeof(c))
	_, _, errno := syscall.Syscall6(syscall.SYS_GETSOCKOPT, uintptr(fd), level, option,
		uintptr(unsafe.Pointer(&c)), uintptr(unsafe.Pointer(&size)), 0)
	return int(c.uid), errno == 0 && c.version == 0 && size == uint32(unsafe.Sizeof(c))
}
