package term

import "os"

// inForeground reports whether this process may draw on the terminal: there are no jobs here.
func inForeground(*os.File) bool { return true }
