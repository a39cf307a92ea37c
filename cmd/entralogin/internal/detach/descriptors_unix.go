//go:build unix

package detach

import (
	"os"
	"strconv"
	"syscall"
)

// keepListed has no process that is started from now on inherit a descriptor that a folder of the system lists.
func keepListed(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return err
}
