package plugin

import (
	"context"
	"errors"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// Auto is a way to sign in that goes by what the tenant is known to take: a device code, and where the tenant refused
// those the best of the other ways that are possible here. What it refused is remembered by tenant and client, for as
// long as the refusal is believed, and forgotten once a device code is taken.
type Auto struct {
	DeviceCode Method
	// Next is the other way, nil if there is none. It is called only where a device code is refused or known to be. nil:
	// the device code alone is wanted.
	Next  func(context.Context) Method
	Store *cache.Store
	// Skip is told that no device code is asked for, and what is done in its place. It may be nil.
	Skip func(r Request, refused cache.RefusedWay, next Method)
	// GoOn asks the person whose device code was refused whether to go on with another way. nil: nobody is asked.
	GoOn func(ctx context.Context, refused *RefusedError, next Method) bool
	Now  func() time.Time // nil means time.Now
}

// Name is "auto", or that of the device code where that alone is wanted.
func (a Auto) Name() string {
	if a.Next == nil {
		return a.DeviceCode.Name()
	}
	return "auto"
}

// Grant signs somebody in. Who asked for the sign-in itself gets a device code whatever is remembered.
func (a Auto) Grant(ctx context.Context, r Request, ui UI) (Grant, error) {
	way := r.way(a.DeviceCode.Name())
	if known, ok := a.Store.RefusedWay(way); ok && !r.Asked {
		if next := a.next(ctx); next != nil {
			if a.Skip != nil {
				a.Skip(r, known, next)
			}
			return next.Grant(ctx, r, ui)
		}
	}
	g, err := a.DeviceCode.Grant(ctx, r, ui)
	refused, ok := errors.AsType[*RefusedError](err)
	switch {
	case err == nil:
		_ = a.Store.ForgetRefusedWay(way) // one that stays is no reason to lose a sign-in
		return g, nil
	case !ok || refused.Believed == 0:
		return g, err
	}
	refused.Request = r
	next := a.next(ctx)
	if a.keep(way, refused) == nil && next != nil {
		refused.Next = next.Name()
	}
	switch {
	case next == nil || a.GoOn == nil:
		return g, err
	case a.GoOn(ctx, refused, next):
		return next.Grant(ctx, r, ui)
	case ctx.Err() != nil: // that is what ended the question
		return g, context.Cause(ctx)
	}
	return g, err
}

// way names a way to sign in for the request.
func (r Request) way(method string) cache.WayID {
	return cache.WayID{SessionID: r.SessionID, Tenant: r.Tenant, Method: method}
}

func (a Auto) next(ctx context.Context) Method {
	if a.Next == nil {
		return nil
	}
	return a.Next(ctx)
}

func (a Auto) keep(way cache.WayID, refused *RefusedError) error {
	var refusal interface{ Name() string }
	why := string(refused.Reason)
	if errors.As(refused.Err, &refusal) {
		why = refusal.Name()
	}
	now := time.Now()
	if a.Now != nil {
		now = a.Now()
	}
	return a.Store.KeepRefusedWay(way, cache.RefusedWay{Why: why, When: now, Until: now.Add(refused.Believed)})
}
