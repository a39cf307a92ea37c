package entratest

import (
	"os"
	"syscall"
)

// WriteProgram writes a script that a test runs. No process may be started meanwhile: it would inherit the open file,
// and until it has gone its own way the system refuses to run the script ("text file busy").
func WriteProgram(path, text string) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, []byte(text), 0o700)
}
