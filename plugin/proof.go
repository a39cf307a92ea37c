package plugin

import (
	"context"
	"errors"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/pop"
)

// ProofKey returns the key to which the token of r is to be bound, and its thumbprint, which goes into the KeyID of r: the
// stored one, or a new one where that is lost, damaged or another's. Then the session brings a token for the new key in
// silence. Errors: *LockError, *cache.Error, *cache.StorageError, and those of Permit.
func (c *Cached) ProofKey(ctx context.Context, r Request) (id string, key *pop.Key, err error) {
	key, err = c.storedKey(r)
	if key == nil && err == nil {
		key, err = c.newKey(ctx, r)
	}
	if err != nil {
		return "", nil, err
	}
	return key.ID(), key, nil
}

// storedKey is nil where there is none that can be used.
func (c *Cached) storedKey(r Request) (*pop.Key, error) {
	jwk, err := c.Store.ProofKey(r.Key)
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

// newKey makes a key under the lock of the session, so that N processes make one.
func (c *Cached) newKey(ctx context.Context, r Request) (*pop.Key, error) {
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
	if key, err := c.storedKey(r); key != nil || err != nil {
		return key, err
	}
	key, err := pop.New()
	if err != nil {
		return nil, err
	}
	c.explain("a new key is made, to which tokens are bound")
	c.sayUnkept(c.Store.KeepProofKey(r.Key, cache.NewSecret(string(key.Marshal()))))
	return key, nil
}
