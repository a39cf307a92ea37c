//go:build unix && !linux

package detach

// keepDescriptors keeps those to this process that its caller let it inherit.
func keepDescriptors() error { return keepListed("/dev/fd") }
