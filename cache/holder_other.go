//go:build !linux

package cache

import "os"

// machine is the name of the host, for want of something that no two have.
func machine() string {
	host, _ := os.Hostname()
	return "host " + host
}
