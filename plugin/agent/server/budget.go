package server

import (
	"fmt"
	"sync"
	"time"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/failure"
)

// What another host may have the sign-in service asked for. A yes is to tokens, and not to as many requests as the host likes:
// the service would hold them against the person.
const (
	mostSpent = 20 // requests of one host, or attempts of it that failed
	spentFor  = time.Minute
)

// spender is a host, as grants know it.
type spender struct{ host, id string }

// budget is what each host has had the sign-in service asked for.
type budget struct {
	now func() time.Time

	mu    sync.Mutex
	spent map[spender][]time.Time // when, the last ones
}

func newBudget(now func() time.Time) *budget {
	return &budget{now: now, spent: map[spender][]time.Time{}}
}

// wait says how long a host has to wait that has had its share; 0 is not at all.
func (b *budget) wait(by spender) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	times := b.spent[by]
	if len(times) < mostSpent {
		return 0
	}
	return max(times[len(times)-mostSpent].Add(spentFor).Sub(b.now()), 0)
}

// spend notes a request of a host.
func (b *budget) spend(by spender) {
	b.mu.Lock()
	defer b.mu.Unlock()
	times := append(b.spent[by], b.now())
	b.spent[by] = times[max(len(times)-mostSpent, 0):]
}

// overdrawn refuses a request that would cost another one of the sign-in service.
func (b *budget) overdrawn(by spender) *agent.Error {
	wait := b.wait(by)
	if wait == 0 {
		return nil
	}
	return &agent.Error{Code: agent.Failed, Class: failure.Refused,
		Message: fmt.Sprintf("this host has had the sign-in service asked %d times within a minute (%s)", mostSpent, untilWords(wait))}
}
