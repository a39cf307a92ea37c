//go:build !linux

package proc

// callers are the processes between this one and the git that a person called. Only Linux tells of them
// without a further program.
type callers []struct{ pid int }

func findCallers() callers { return nil }

// CallerName is the file name of the program that runs this one, "" where the system does not tell.
func CallerName() string { return "" }

func (callers) gone() bool { return false }
