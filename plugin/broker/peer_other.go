//go:build !linux

package broker

import "net"

// checkPeer refuses: brokers of other systems need Microsoft's closed runtime.
func checkPeer(net.Conn) error { return unavailable("it is for Linux alone") }
