//go:build linux || darwin

package route

import "syscall"

// readPrivate reads a file that only this program can have written: a regular file of the user's own under one name,
// that nobody else may read, and none that a link leads to. Nothing is mended here.
func readPrivate(path string) (content []byte, ok bool) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	if syscall.Fstat(fd, &st) != nil || st.Mode&syscall.S_IFMT != syscall.S_IFREG || int(st.Uid) != syscall.Geteuid() ||
		st.Nlink != 1 || st.Mode&0o077 != 0 || st.Size > maxFile || st.Size <= 0 {
		return nil, false
	}
	content = make([]byte, st.Size+1) // one more, to see that it has not grown
	n := 0
	for n < len(content) {
		m, err := syscall.Read(fd, content[n:])
		if err != nil && err != syscall.EINTR {
			return nil, false
		}
		if m <= 0 && err == nil {
			break
		}
		n += max(m, 0)
	}
	return content[:n], n == int(st.Size)
}

// isFolder reports whether a path is a folder of the user's own, and no link to one.
func isFolder(path string) bool {
	var st syscall.Stat_t
	return syscall.Lstat(path, &st) == nil && st.Mode&syscall.S_IFMT == syscall.S_IFDIR && int(st.Uid) == syscall.Geteuid()
}

// Identify says which file is at a path, links followed: "" for none. It is another one after each change of its
// content, its mode or its owner. ok is false where that can't be said.
func Identify(path string) (identity string, ok bool) {
	if path == "" || path[0] != '/' {
		return "", false
	}
	var st syscall.Stat_t
	switch err := syscall.Stat(path, &st); err {
	case nil:
	case syscall.ENOENT, syscall.ENOTDIR:
		return "", true
	default:
		return "", false
	}
	var text []byte
	changed, modified := times(&st)
	for _, n := range []int64{int64(st.Dev), int64(st.Ino), int64(st.Size), modified, changed, int64(st.Mode), int64(st.Uid)} {
		text = append(appendDecimal(text, n), ' ')
	}
	return string(text), true
}
