package proc

import (
	"context"
	"io"
)

// WhileRead returns a context that ends as that of UntilSignal does: the end of the caller is noticed by its
// process alone here.
func WhileRead(parent context.Context, _ io.Writer) (context.Context, func()) {
	return UntilSignal(parent)
}
