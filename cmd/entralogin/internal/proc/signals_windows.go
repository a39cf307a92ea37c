package proc

import (
	"os"
	"strconv"
)

// SurviveClosedPipes does nothing: Windows has no SIGPIPE.
func SurviveClosedPipes() {}

// Job tells apart what is run at a terminal: by the caller, for want of anything better. What is typed in one shell
// counts as one.
func Job() string { return strconv.Itoa(os.Getppid()) }
