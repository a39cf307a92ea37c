package proc

import (
	"context"
	"io"
	"os"
	"strconv"
)

// WhileRead returns a context that ends as that of UntilSignal does: the end of the caller is noticed by its
// process alone here.
func WhileRead(parent context.Context, _ io.Writer) (context.Context, func()) {
	return UntilSignal(parent)
}

// SurviveClosedPipes does nothing: Windows has no SIGPIPE.
func SurviveClosedPipes() {}

// Job tells apart what is run at a terminal: by the caller, for want of anything better. What is typed in one shell
// counts as one.
func Job() string { return strconv.Itoa(os.Getppid()) }

// WriteNoCore does nothing: Windows writes a dump only where the machine's owner has asked for it.
func WriteNoCore() {}
