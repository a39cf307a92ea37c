//go:build linux || darwin

package server

import (
	"fmt"
	"os"
)

// checkUID wants the user to be one's own, or root.
func checkUID(uid int) error {
	if uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("it is a program of the user %d", uid)
	}
	return nil
}
