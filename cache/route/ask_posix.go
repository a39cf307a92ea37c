//go:build linux || darwin

package route

import (
	"syscall"
	"time"
)

func effectiveUser() int { return syscall.Geteuid() }

// ask sends a request to an agent, and returns what it says to that, until the end. ok is false for anything unusual.
func ask(path, request string, end time.Time) (answer string, ok bool) {
	if !isOwnSocket(path) {
		return "", false
	}
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0) // this process starts none before it is closed
	if err != nil {
		return "", false
	}
	defer syscall.Close(fd)
	// Linux has the time for a connection in that for sending: https://man7.org/linux/man-pages/man7/socket.7.html
	if !limit(fd, syscall.SO_SNDTIMEO, end) || syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) != nil {
		return "", false
	}
	if owner, ok := peer(fd); !ok || owner != syscall.Geteuid() && owner != 0 {
		return "", false
	}
	if n, err := syscall.Write(fd, []byte(request)); err != nil || n != len(request) {
		return "", false
	}
	return readAll(fd, end)
}

// readAll reads what comes until the other side has closed.
func readAll(fd int, end time.Time) (answer string, ok bool) {
	buffer := make([]byte, 8<<10)
	n := 0
	for limit(fd, syscall.SO_RCVTIMEO, end) {
		m, err := syscall.Read(fd, buffer[n:])
		switch {
		case err == syscall.EINTR:
			continue
		case err != nil:
			return "", false
		case m == 0:
			return string(buffer[:n]), true
		}
		if n += m; n > mostAnswer {
			return "", false
		}
		if n == len(buffer) {
			buffer = append(buffer, make([]byte, len(buffer))...)
		}
	}
	return "", false
}

// limit bounds how long the next call for a socket may take. It reports false where no time is left.
func limit(fd, option int, end time.Time) bool {
	left := time.Until(end)
	if left < time.Microsecond { // zero would be no bound
		return false
	}
	t := syscall.NsecToTimeval(int64(left))
	return syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, option, &t) == nil
}

// isOwnSocket reports whether a path is a socket of the user's own, closed to all others, in a folder that is as well: so
// nobody else can have put it there. No link leads to either.
func isOwnSocket(path string) bool {
	folder := folderOf(path)
	return folder != "" && isClosed(folder, syscall.S_IFDIR) && isClosed(path, syscall.S_IFSOCK)
}

// isClosed reports whether a path is of a kind, the user's own, and closed to all others.
func isClosed(path string, kind uint32) bool {
	var st syscall.Stat_t
	return syscall.Lstat(path, &st) == nil && uint32(st.Mode)&syscall.S_IFMT == kind && int(st.Uid) == syscall.Geteuid() && st.Mode&0o077 == 0
}
