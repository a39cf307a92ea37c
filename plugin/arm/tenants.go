package arm

import (
	"context"
	"sync"

	"github.com/entralogin/entralogin/cache"
)

// atOnce bounds how many tenants are asked at a time: somebody who is a guest of many waits, and the service has to bear it.
const atOnce = 4

// Answer is what was answered for one tenant.
type Answer struct {
	Tenant
	Subscriptions []cache.Subscription // with what is known of the tenant
	Err           error                // that of its token, or one of Subscriptions
}

// OfTenants lists the subscriptions of tenants, some of them at a time, and returns the answers in the order of the
// tenants. tokenOf gives the token of a tenant, and may be called from several goroutines.
func (c *Client) OfTenants(ctx context.Context, tenants []Tenant, tokenOf func(context.Context, Tenant) (cache.Token, error)) []Answer {
	answers := make([]Answer, len(tenants))
	turns := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, tenant := range tenants {
		all.Go(func() {
			turns <- struct{}{}
			answers[i] = c.ofTenant(ctx, tenant, tokenOf)
			<-turns
		})
	}
	all.Wait()
	return answers
}

func (c *Client) ofTenant(ctx context.Context, tenant Tenant, tokenOf func(context.Context, Tenant) (cache.Token, error)) Answer {
	a := Answer{Tenant: tenant}
	if a.Err = context.Cause(ctx); a.Err != nil {
		return a
	}
	token, err := tokenOf(ctx, tenant)
	if err == nil {
		a.Subscriptions, err = c.Subscriptions(ctx, token)
	}
	a.Err = err
	for i := range a.Subscriptions {
		one := &a.Subscriptions[i]
		one.Tenant, one.TenantName, one.TenantDomain = tenant.ID, tenant.Name, tenant.Domain
	}
	return a
}
