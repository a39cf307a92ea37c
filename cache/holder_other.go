//go:build !linux

package cache

import (
	"context"
	"os"
)

// machine is the name of the host, for want of something that no two have.
func machine() string {
	host, _ := os.Hostname()
	return "host " + host
}

// AfterEnd does nothing: only Linux tells of the end of a process that is no child of this one.
func AfterEnd(context.Context, int, func()) bool { return false }
