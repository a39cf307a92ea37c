package broker

import (
	"context"
	"errors"
	"fmt"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// Forget is the Forget of st, and has the broker at the bus forget, too, what it keeps for these accounts. left says why
// it may not have: what is stored here is gone all the same.
func Forget(ctx context.Context, st *cache.Store, bus string, id cache.SessionID, account string) (gone []cache.Account, left, err error) {
	session, _ := st.Session(id) // one that can't be read tells of no broker
	gone, err = st.Forget(ctx, id, account)
	return gone, leave(ctx, bus, id, session, gone), err
}

// Clear is the Clear of st, in the same manner.
func Clear(ctx context.Context, st *cache.Store, bus string) (left, err error) {
	ids, _ := st.SessionIDs()
	before := make([]cache.Session, len(ids))
	for i, id := range ids {
		before[i], _ = st.Session(id)
	}
	if err := st.Clear(ctx); err != nil {
		return nil, err
	}
	var all []error
	for i, id := range ids {
		accounts, _ := before[i].Accounts()
		all = append(all, leave(ctx, bus, id, before[i], accounts))
	}
	return errors.Join(all...), nil
}

func leave(ctx context.Context, bus string, id cache.SessionID, session cache.Session, gone []cache.Account) error {
	b := Broker{Service: &entra.Service{Authority: authority.Authority{Host: id.Authority}}, Bus: bus}
	var all []error
	for _, a := range gone {
		if session.Holder(a.HomeID) != Name {
			continue
		}
		if err := b.Remove(ctx, id, a); err != nil {
			all = append(all, fmt.Errorf("the session of %s may still be with the identity broker, though nothing of it is stored here any more: %w", text.Short(a.Username, 200), err))
		}
	}
	return errors.Join(all...)
}
