package agentcmd

import (
	"math"
	"net/http"
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
	// most is what the process may have at rest before the collector runs all the same: connections on which no request
	// comes are no work.
	most = 24 << 20
)

// rest has the process cost nothing while nobody asks: memory goes back to the system once, and from then on the
// collector is off, which would wake up every two minutes.
type rest struct {
	mu    sync.Mutex
	busy  int
	timer *time.Timer // while it is awake and nobody asks
	awake bool
}

// begin has an agent rest that nobody has asked yet.
func (r *rest) begin() { r.work()() }

// around is a handler whose requests are work.
func (r *rest) around(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		defer r.work()()
		h.ServeHTTP(w, q)
	})
}

// work begins a request, or a renewal; done ends it.
func (r *rest) work() (done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy++
	if r.timer != nil {
		r.timer.Stop()
	}
	if !r.awake {
		r.awake = true
		debug.SetMemoryLimit(math.MaxInt64) // none
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
	debug.SetMemoryLimit(most)
	debug.FreeOSMemory()
}
