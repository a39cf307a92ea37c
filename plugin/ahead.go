package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/entralogin/entralogin/cache"
)

// A token in the last third of its life is renewed ahead of time, so that nobody waits for that: the call that meets it
// answers from it, and after its answer takes the claim to the renewal and leaves the work to a process of its own. That
// one makes one request at most and waits for nobody. All of it is a saving: what fails costs nobody anything, for a stale
// token is renewed as ever.

// ClaimAhead reports whether it is the caller's turn to have the token t of r, which it has just handed out, renewed ahead
// of time: by RenewAhead, in a process of its own. It says yes to one of all processes. Errors: those of Permit, and
// *cache.Error where nothing can be kept.
func (c *Cached) ClaimAhead(r Request, t cache.Token) (bool, error) {
	if !t.Due(c.now()) || t.Value.Equal(c.given) { // the agent renews what it gives
		return false, nil
	}
	if err := c.permit(); err != nil { // it could not be asked later: the caller may be gone by then
		return false, err
	}
	return c.Store.ClaimRenewal(r.Key)
}

// RenewAhead renews the token of r if that is due, without a person. Nobody else tries for a while after it failed.
// Errors: those of Source, and *LockError where another process has the session.
func (c *Cached) RenewAhead(ctx context.Context, r Request) error {
	err := c.renewAhead(ctx, r)
	if _, busy := errors.AsType[*LockError](err); err != nil && !busy {
		return errors.Join(err, c.Store.SayRenewalFailed(r.Key))
	}
	return err
}

func (c *Cached) renewAhead(ctx context.Context, r Request) error {
	if err := c.permit(); err != nil {
		return err
	}
	if err := c.Store.ApplyStorage(ctx, c.Storage); err != nil {
		return err
	}
	unlock, err := c.Store.LockSession(ctx, r.Renewal(), func(h cache.Holder) error { return &LockError{Holder: h} })
	if err != nil {
		return err
	}
	defer unlock()
	t, err := c.look(r)
	if err != nil || !t.Due(c.now()) {
		return err
	}
	if _, err := c.obtain(ctx, r); err != nil {
		return err
	}
	if t, err = c.look(r); err == nil && t.Due(c.now()) {
		err = fmt.Errorf("the token of the client %s could not be kept", r.Client)
	}
	return err
}
