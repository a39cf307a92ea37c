//go:build !linux

package detach

// Unreaped is "": the first process of these systems waits for all that it inherits, and Windows knows no zombies.
func Unreaped() string { return "" }
