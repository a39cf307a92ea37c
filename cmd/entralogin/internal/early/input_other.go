//go:build !linux && !darwin

package early

// readInput leaves standard input to the rest of the program.
func readInput([]string) (input []byte, whole bool) { return nil, false }

// keepPrivate reports that nobody answers early here.
func keepPrivate() bool { return false }
