package entra_test

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// clock is a clock that waits set forward. Simulator and Service share one, so that pacing is judged by
// the server, only faster.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	waits []time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	c.waits = append(c.waits, d)
	return nil
}

func (c *clock) slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

// startFast starts a simulator and a Service on one clock.
func startFast(t *testing.T) (*entratest.Server, *entra.Service, *clock, *notes) {
	t.Helper()
	c := &clock{at: time.Now().Truncate(time.Second)}
	sim := entratest.NewServer(entratest.WithClock(c.now))
	t.Cleanup(sim.Close)
	said := &notes{}
	s := &entra.Service{
		Authority: authority.Authority{Host: sim.Host, Roots: sim.CertPool()},
		Discovery: &documents{},
		Note:      said.add,
		Now:       c.now,
	}
	s.SetSleep(c.sleep)
	return sim, s, c, said
}

// deviceCode signs in with a code that nobody has to see.
func deviceCode(t *testing.T, s *entra.Service, r plugin.Request) (plugin.Grant, error) {
	t.Helper()
	return byDevice(s, quiet).Token(t.Context(), r, noSession)
}

// jwtPayload returns the second part of a JSON Web Token, decoded.
func jwtPayload(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatal("no JSON Web Token")
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
