package cache

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// allocate takes room for a new file: https://man7.org/linux/man-pages/man2/fallocate.2.html
func allocate(f *os.File, size int) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size))
	if errors.Is(err, errors.ErrUnsupported) {
		return fillWithZeros(f, size)
	}
	return err
}
