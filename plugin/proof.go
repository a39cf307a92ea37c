package plugin

import (
	"context"
	"errors"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/pop"
)

// ProofKey returns the key to which the token of r is to be bound, whose thumbprint goes into the KeyID of r: the stored
// one, or a new one where that is lost, damaged or another's. Then the session brings a token for the new key in silence.
// It is made under the lock of the session, so that N processes make one. Errors: *LockError, *cache.Error,
// *cache.StorageError, and those of Permit.
func (c *Cached) ProofKey(ctx context.Context, r Request) (*pop.Key, error) {
	if key, err := storedKey(c.Store, r); key != nil || err != nil {
		return key, err
	}
	if err := c.permit(); err != nil {
		return nil, err
	}
	ctx, done := c.beforeWait(ctx)
	defer done()
	if err := c.Store.ApplyStorage(ctx, c.Storage); err != nil {
		return nil, err
	}
	unlock, _, err := c.lockSession(ctx, r, cache.Token{})
	if err != nil {
		return nil, err
	}
	defer unlock()
	if key, err := storedKey(c.Store, r); key != nil || err != nil {
		return key, err
	}
	key, err := pop.New()
	if err != nil {
		return nil, err
	}
	c.explain("a new key is made, to which tokens are bound")
	c.sayUnkept(cache.KeepProofKey(c.Store, r.Key, cache.NewSecret(string(key.Marshal()))))
	return key, nil
}

// storedKey is nil where there is none that can be used.
func storedKey(st *cache.Store, r Request) (*pop.Key, error) {
	jwk, err := cache.ProofKey(st, r.Key)
	if errors.Is(err, cache.ErrNone) || errors.Is(err, cache.ErrCorrupt) || errors.Is(err, cache.ErrKeyGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	key, err := pop.Parse([]byte(jwk.Reveal()))
	if err != nil { // as good as damaged
		return nil, nil
	}
	return key, nil
}
