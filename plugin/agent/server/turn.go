package server

import (
	"context"
	"sync"
)

// turn lets one at a time.
type turn struct {
	once sync.Once
	busy chan struct{}
}

// take waits for its turn. Errors: that of the context.
func (t *turn) take(ctx context.Context) error {
	t.once.Do(func() { t.busy = make(chan struct{}, 1) })
	select {
	case t.busy <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if ctx.Err() != nil { // both were so: whoever has been called off does not begin
		t.give()
	}
	return ctx.Err()
}

func (t *turn) give() { <-t.busy }
