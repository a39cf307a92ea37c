package plugin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// Change is a tenant for which calls without a name mean somebody else from now on. A name is "" where
// several fit.
type Change struct {
	Tenant   string
	Now, Was string // user names
}

// Choose makes account the one that calls of r's session without a name mean: for one tenant, or for all that
// have no choice of their own where tenant is "". It takes the choice back where account is "". What is
// stored for such calls and is of somebody else goes first, so that the next one gets the right token
// without reading anything besides. Nobody is asked, and nothing is asked of the service.
//
// Errors: ErrNobody (wrapped), *AccountsError, *LockError, *cache.Error, *cache.StorageError.
func (c *Cached) Choose(ctx context.Context, id cache.SessionID, account, tenant string) (cache.Account, []Change, error) {
	ctx, done := c.beforeWait(ctx)
	defer done()
	if err := c.Store.ApplyStorage(ctx, c.Storage); err != nil {
		return cache.Account{}, nil, err
	}
	unlock, err := c.Store.LockSession(ctx, id, nil) // bounded by the cache
	if err != nil {
		return cache.Account{}, nil, err
	}
	defer unlock()
	before, err := c.session(id)
	if err != nil {
		return cache.Account{}, nil, err
	}
	var chosen cache.Account
	if account != "" {
		if chosen, err = ChooseAccount(before, account, ""); err != nil {
			return cache.Account{}, nil, err
		}
	}
	if before.IsZero() {
		return cache.Account{}, nil, ErrNobody
	}
	after := before.Choose(tenant, chosen.HomeID)
	stale := func(k cache.Key, t cache.Token) bool {
		means, err := ChooseAccount(after, "", k.Tenant)
		return k.Account == "" && (err != nil || !means.Is(t.Account))
	}
	if err := c.Store.RemoveTokens(id, stale); err != nil {
		return cache.Account{}, nil, err
	}
	if err := c.Store.KeepSession(id, after); err != nil {
		return cache.Account{}, nil, err
	}
	changes, err := changesOf(before, after)
	return chosen, changes, err
}

// changesOf compares what two sessions mean by no name, for each tenant that either knows.
func changesOf(before, after cache.Session) ([]Change, error) {
	accounts, err := after.Accounts()
	if err != nil {
		return nil, err
	}
	tenants := append(before.ChosenTenants(), after.ChosenTenants()...)
	for _, a := range accounts {
		for _, t := range a.Tenants {
			tenants = append(tenants, strings.ToLower(t))
		}
	}
	slices.Sort(tenants)
	var changes []Change
	for _, tenant := range slices.Compact(tenants) {
		was, _ := ChooseAccount(before, "", tenant)
		now, _ := ChooseAccount(after, "", tenant)
		if was.HomeID != now.HomeID {
			changes = append(changes, Change{tenant, now.Username, was.Username})
		}
	}
	return changes, nil
}

// anew returns the entries of a sign-in with its time, and what was stored without what was noted of those who have
// signed in: of refusals, and of who kept their session before.
func anew(signedIn, stored cache.Session, at time.Time) (cache.Session, cache.Session) {
	accounts, _ := signedIn.Accounts()
	for _, a := range accounts {
		signedIn, stored = signedIn.NoteSignIn(a.HomeID, at), stored.NoteRefused(a.HomeID, time.Time{}).NoteHolder(a.HomeID, "")
	}
	return signedIn, stored
}
