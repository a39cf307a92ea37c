package proc

import (
	"context"
	"io"
)

// WhileRead returns a context that lives as long as parent: the end of the caller is noticed by its
// process alone here.
func WhileRead(parent context.Context, _ io.Writer) (context.Context, func()) {
	return context.WithCancel(parent)
}
