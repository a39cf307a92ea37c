package server

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/text"
)

// ownPrograms is whom agent.sock serves, in the log.
const ownPrograms = "this machine"

// together is how long the same lines of the log are one.
const together = time.Hour

// longestOutcome bounds the words of a line: an error's, for the most part.
const longestOutcome = 300

// journal is the log: what was given out, and what was refused.
type journal struct {
	now func() time.Time

	mu    sync.Mutex
	lines []agent.Entry
}

func newJournal(now func() time.Time) *journal { return &journal{now: now} }

// all are the lines, the oldest one first.
func (j *journal) all() []agent.Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]agent.Entry{}, j.lines...) // no line is an empty list to who asks, and not null
}

// refuse notes that a request ends with an error, which it returns.
func (j *journal) refuse(line agent.Entry, e *agent.Error) *agent.Error {
	line.Outcome = e.Code + ": " + e.Message
	line.Resource = strings.TrimSpace(line.Resource)
	j.note(line)
	return e
}

// note adds a line.
func (j *journal) note(e agent.Entry) {
	e.Time, e.Times = j.now(), 1
	e.Outcome = text.Short(e.Outcome, longestOutcome)
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := len(j.lines) - 1; i >= 0; i-- {
		old := &j.lines[i]
		same := old.Host == e.Host && old.Resource == e.Resource && old.Tenant == e.Tenant && old.Account == e.Account && old.Outcome == e.Outcome
		if passed := e.Time.Sub(old.Time); same && e.Resource != "" && passed >= 0 && passed < together {
			old.Times++
			old.Last = e.Time
			return
		}
	}
	j.lines = append(j.lines, e)
	if len(j.lines) > agent.MostEntries {
		i := leastMissed(j.lines)
		j.lines = slices.Delete(j.lines, i, i+1)
	}
}

// leastMissed is the index of the line that goes where there are too many: the oldest one of the host that has the most, so
// that none can push out what is said of another one.
func leastMissed(log []agent.Entry) int {
	lines := map[string]int{}
	most := ""
	for _, e := range log {
		if lines[e.Host]++; lines[e.Host] > lines[most] {
			most = e.Host
		}
	}
	return slices.IndexFunc(log, func(e agent.Entry) bool { return e.Host == most })
}
