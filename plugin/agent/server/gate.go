package server

import (
	"sync"
	"time"
)

// gate is whether the agent serves anybody, and since when.
type gate struct {
	mu     sync.Mutex
	locked bool
	since  time.Time // zero before it served at all
}

// open notes when the agent began to serve, the first time.
func (g *gate) open(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.since.IsZero() {
		g.since = now
	}
}

// lock closes it to everybody, or ends that.
func (g *gate) lock(locked bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.locked = locked
}

func (g *gate) status() (since time.Time, locked bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.since, g.locked
}

func (g *gate) isLocked() bool {
	_, locked := g.status()
	return locked
}
