package agentcmd

import (
	"runtime/debug"
	"sync"
	"time"
)

// How the memory is kept. What is asked for comes in bursts, and between them an agent waits for hours.
const (
	// settle is how long nobody has to have asked before memory goes back to the system.
	settle = 3 * time.Second
	// growth is how much of the heap may be new before the collector runs, in percent, while somebody asks.
	growth = 50
)

// rest has the process cost nothing while nobody asks: memory goes back to the system once, and from then on the
// collector is off, which would wake up every two minutes.
type rest struct {
	mu    sync.Mutex
	busy  int
	timer *time.Timer // while it is awake and nobody asks
	awake bool
}

// work begins a request; done ends it.
func (r *rest) work() (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy++
	if r.timer != nil {
		r.timer.Stop()
	}
	if !r.awake {
		r.awake = true
		debug.SetGCPercent(growth)
	}
	return r.done
}

func (r *rest) done() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy--; r.busy == 0 {
		r.timer = time.AfterFunc(settle, r.sleep)
	}
}

// sleep gives memory back, unless somebody has asked meanwhile.
func (r *rest) sleep() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy > 0 {
		return
	}
	r.awake = false
	debug.SetGCPercent(-1)
	debug.FreeOSMemory()
}
