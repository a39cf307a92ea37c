package main

import (
	"context"
	"io"
)

// whileRead returns a context that lives as long as parent: the end of the caller is noticed by its
// process alone here.
func whileRead(parent context.Context, _ io.Writer) (context.Context, func()) {
	return context.WithCancel(parent)
}
