package cache

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// Holder is the process that has a lock, with what the holders before it left to be known.
type Holder struct {
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Machine string    `json:"machine,omitempty"` // where PID means that process; "" of an earlier entralogin
	Started string    `json:"started,omitempty"` // tells the process from a later one of the same PID; "" where nothing does
	Host    string    `json:"host,omitempty"`    // for a person

	Failed   string    `json:"failed,omitempty"` // why the service could not be reached, in short clean words
	FailedAt time.Time `json:"failed_at,omitzero"`
}

// self is this process as a Holder.
var self = sync.OnceValue(func() Holder {
	host, _ := os.Hostname()
	h := Holder{PID: os.Getpid(), Machine: machine(), Host: host}
	h.Started = stateOf(h.PID).started
	return h
})

// process is what the system says of one.
type process struct {
	known   bool   // whether it is there
	alive   bool   // if that is known
	state   byte   // a letter of proc_pid_stat(5); 0 where the system has none
	started string // "" where the system does not tell
}

// here reports whether PID means a process of this machine.
func (h Holder) here() bool { return h.PID > 0 && (h.Machine == "" || h.Machine == self().Machine) }

// process is what is known of h.
func (h Holder) process() process {
	if !h.here() {
		return process{}
	}
	p := stateOf(h.PID)
	if p.alive && h.Started != "" && p.started != "" && h.Started != p.started {
		return process{known: true}
	}
	return p
}

// Stopped reports whether the process is known to be stopped, as by Ctrl-Z or SIGSTOP. It goes on with fg, or
// when it gets a SIGCONT. Linux alone tells it.
func (h Holder) Stopped() bool {
	p := h.process()
	return p.known && p.alive && p.state == 'T'
}

// Gone reports whether the process is known to be no more.
func (h Holder) Gone() bool {
	p := h.process()
	return p.known && !p.alive
}

// String says who it is in words: "process 123 (stopped)".
func (h Holder) String() string {
	who := fmt.Sprintf("process %d", h.PID)
	if h.PID == 0 {
		who = "another process"
	}
	if !h.here() && h.Host != "" && h.Host != self().Host {
		who += " on " + h.Host
	}
	if h.Stopped() {
		who += " (stopped)"
	}
	return who
}

// Doing says what it does: "has been renewing this session since 12:00:00". Since when is not known of one that has
// just got the lock.
func (h Holder) Doing() string {
	if h.Since.IsZero() {
		return "is renewing this session"
	}
	return "has been renewing this session since " + h.Since.Local().Format(time.TimeOnly)
}

// LockError says that another process has held a lock for too long.
type LockError struct {
	Holder Holder
	Waited time.Duration
}

func (e *LockError) Error() string {
	return fmt.Sprintf("%v %s; waited %.0f seconds for it", e.Holder, e.Holder.Doing(), e.Waited.Seconds())
}
