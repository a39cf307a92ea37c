// Package arm asks Azure Resource Manager which tenants and subscriptions an account has. It changes nothing there.
package arm

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// Client asks Azure Resource Manager at one origin.
type Client struct {
	Origin string       // "https://management.azure.com"
	HTTP   *http.Client // made by https.Options for the host of Origin alone: each request carries the token
	Note   func(string) // shows the person a sentence: a wait; may be nil
	Now    func() time.Time

	// Stubbable for testing; nil means the real one.
	Sleep func(context.Context, time.Duration) error
}

// Tenant is one that an account is in, in clean text.
type Tenant struct {
	ID     string // a GUID
	Name   string // "Contoso"; "" where it has none
	Domain string // its default one; "" where it has none
}

// Subscriptions lists the subscriptions that the token sees, which are those of its tenant.
func (c *Client) Subscriptions(ctx context.Context, token cache.Token) ([]cache.Subscription, error) {
	return nil, errors.ErrUnsupported
}

// Tenants lists the tenants of whoever the token is of.
func (c *Client) Tenants(ctx context.Context, token cache.Token) ([]Tenant, error) {
	return nil, errors.ErrUnsupported
}
