//go:build linux || darwin

package server

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/agent"
)

// aheadHouse is an agent without sockets, in a bubble of synctest: its clock is the bubble's, and synctest.Wait waits for
// the renewals.
func aheadHouse(t *testing.T) (*Server, *service) {
	t.Helper()
	one := &service{now: time.Now, life: 70 * time.Minute, signedIn: alice}
	return New(Settings{Tokens: one.tokens}), one
}

func call(t *testing.T, s *Server, r agent.Request) {
	t.Helper()
	if got, err := s.flights.enough(t.Context(), r); err != nil || got.token.Account != alice {
		t.Errorf("%+v, %v", got, err)
	}
}

// A day at one call a minute, and at one in 50 minutes: no call but the first one waits for a request.
func TestADay(t *testing.T) {
	t.Parallel()
	for every, renewals := range map[time.Duration]int{time.Minute: 32, 50 * time.Minute: 32} {
		synctest.Test(t, func(t *testing.T) {
			s, tokens := aheadHouse(t)
			for range 24 * time.Hour / every {
				call(t, s, request())
				time.Sleep(every) // of the bubble, where no time passes
				synctest.Wait()
			}
			if tokens.waits != 1 || tokens.requests < 24 || tokens.requests > renewals {
				t.Errorf("one call in %v: %d waited for a request, of %d", every, tokens.waits, tokens.requests)
			}
			letGo(s)
		})
	}
}

// letGo ends the timer, without which a bubble never ends.
func letGo(s *Server) { s.renewals.forget() }

// What nobody asks for any more is renewed once, and let go: then there is no timer, and no request.
func TestAtRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, tokens := aheadHouse(t)
		call(t, s, request())
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		s.renewals.mu.Lock()
		defer s.renewals.mu.Unlock()
		if tokens.requests != 2 || len(s.renewals.held) != 0 || s.renewals.cancel != nil {
			t.Errorf("%d requests, %d tokens, a timer: %v", tokens.requests, len(s.renewals.held), s.renewals.cancel != nil)
		}
	})
}

// A renewal that fails is tried again, seldom; where a person is needed it is not.
func TestRenewalFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err         error
		least, most int
	}{
		"the service is down": {errors.New("down"), 3, 8},
		"a person is needed":  {&plugin.InteractionRequiredError{Err: plugin.ErrNobody}, 1, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, tokens := aheadHouse(t)
			call(t, s, request())
			tokens.Lock()
			tokens.fail = test.err
			before := tokens.calls
			tokens.Unlock()
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			if n := tokens.calls - before; n < test.least || n > test.most {
				t.Errorf("%s: %d tries", name, n)
			}
			s.renewals.mu.Lock()
			defer s.renewals.mu.Unlock()
			if len(s.renewals.held) != 0 || s.renewals.cancel != nil {
				t.Errorf("%s: %d tokens are held", name, len(s.renewals.held))
			}
		})
	}
}

// A renewal that brings the same token again is not tried again at once.
func TestRenewalBringsTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, tokens := aheadHouse(t)
		tokens.life = -time.Hour // of what comes: it has ended
		call(t, s, request())
		time.Sleep(time.Hour)
		synctest.Wait()
		if tokens.calls > 2 {
			t.Errorf("%d calls", tokens.calls)
		}
		letGo(s)
	})
}

// So many tokens are held, and no more; all that want one get it by one call.
func TestHeldIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, tokens := aheadHouse(t)
		for i := range 2 * mostHeld {
			call(t, s, request(func(r *agent.Request) { r.Scopes = []string{fmt.Sprintf("api://x%d/.default", i)} }))
			time.Sleep(time.Second)
		}
		s.renewals.mu.Lock()
		n := len(s.renewals.held)
		s.renewals.mu.Unlock()
		if n != mostHeld {
			t.Errorf("%d tokens are held", n)
		}
		letGo(s)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { call(t, s, request()) })
		}
		all.Wait()
		if tokens.requests != 2*mostHeld+1 {
			t.Errorf("%d requests", tokens.requests)
		}
		letGo(s)
	})
}

// A token that has less life than is wanted is renewed, but not one that has just come.
func TestLeastLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, tokens := aheadHouse(t)
		long := request(func(r *agent.Request) { r.Least = int((2 * time.Hour).Seconds()) })
		call(t, s, long)
		call(t, s, long)
		if tokens.requests != 1 {
			t.Errorf("%d requests", tokens.requests)
		}
		time.Sleep(2 * tooNew)
		call(t, s, long)
		call(t, s, request())
		if tokens.requests != 2 {
			t.Errorf("%d requests", tokens.requests)
		}
		letGo(s)
	})
}
