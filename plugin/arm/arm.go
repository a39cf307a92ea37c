// Package arm asks Azure Resource Manager which tenants and subscriptions an account has. It changes nothing there.
//
// All text of the service has been through package text.
package arm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// version is the one of the interface that is spoken: https://learn.microsoft.com/rest/api/resources/subscriptions
const version = "2022-12-01"

// Client asks Azure Resource Manager at one origin.
type Client struct {
	Origin string       // "https://management.azure.com"
	HTTP   *http.Client // made by https.Options for the host of Origin alone: each request carries the token
	Note   func(string) // shows the person a sentence: a wait; may be nil
	Now    func() time.Time

	// Stubbable for testing; nil means the real one.
	Sleep func(context.Context, time.Duration) error
}

// UnknownError says that a sign-in service has no Azure Resource Manager that is known.
type UnknownError struct{ Authority string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no Azure Resource Manager is known of the sign-in service %s: name it as resource-manager of its entry in authorities: of the config file", e.Authority)
}

// Class is configuration.
func (e *UnknownError) Class() failure.Class { return failure.Config }

// New makes a client for the Azure Resource Manager of an authority. trace is told of each request. Errors are
// *UnknownError and *text.FileError.
func New(a authority.Authority, trace func(https.Exchange)) (*Client, error) {
	if a.ResourceManager == "" {
		return nil, &UnknownError{a.Host}
	}
	roots := a.Roots
	if roots == nil {
		var err error
		if roots, err = https.Roots(a.CAFile); err != nil {
			return nil, err
		}
	}
	host := strings.TrimPrefix(a.ResourceManager, "https://")
	return &Client{Origin: a.ResourceManager, HTTP: https.Options{Hosts: []string{host}, Roots: roots, JSON: true, Trace: trace}.Client(), Now: time.Now}, nil
}

// Tenant is one that an account is in, in clean text.
type Tenant struct {
	ID     string // a GUID
	Name   string // "Contoso"; "" where it has none
	Domain string // its default one; "" where it has none
}

// Tenants lists the tenants of whoever the token is of, each once. Errors are *Error where the service refuses,
// *plugin.ChallengeError where it wants another token, *https.NetworkError, *https.AnswerError and *https.ForeignLinkError.
func (c *Client) Tenants(ctx context.Context, token cache.Token) ([]Tenant, error) {
	items, err := c.list(ctx, token, "/tenants")
	var all []Tenant
	for _, item := range items {
		var in struct {
			TenantID      string `json:"tenantId"`
			DisplayName   string `json:"displayName"`
			DefaultDomain string `json:"defaultDomain"`
		}
		if json.Unmarshal(item, &in) != nil || !authority.IsGUID(in.TenantID) {
			return nil, c.nonsense("lists a tenant without an ID")
		}
		one := Tenant{strings.ToLower(in.TenantID), text.Clean(in.DisplayName), text.Clean(in.DefaultDomain)}
		if !slices.ContainsFunc(all, func(other Tenant) bool { return other.ID == one.ID }) {
			all = append(all, one)
		}
	}
	return all, err
}

// Subscriptions lists the subscriptions that the token sees: those of its tenant, and those that this manages. Nothing is
// said of the tenant but its ID. Errors are those of Tenants.
func (c *Client) Subscriptions(ctx context.Context, token cache.Token) ([]cache.Subscription, error) {
	items, err := c.list(ctx, token, "/subscriptions")
	var all []cache.Subscription
	for _, item := range items {
		var in struct {
			SubscriptionID   string `json:"subscriptionId"`
			DisplayName      string `json:"displayName"`
			State            string `json:"state"`
			TenantID         string `json:"tenantId"`
			ManagedByTenants []struct {
				TenantID string `json:"tenantId"`
			} `json:"managedByTenants"`
		}
		if json.Unmarshal(item, &in) != nil || !authority.IsGUID(in.SubscriptionID) {
			return nil, c.nonsense("lists a subscription without an ID")
		}
		home := cmp.Or(in.TenantID, token.Tenant)
		if !authority.IsGUID(home) {
			return nil, c.nonsense("lists a subscription without a tenant")
		}
		one := cache.Subscription{ID: strings.ToLower(in.SubscriptionID), Name: text.Clean(in.DisplayName), State: text.Short(in.State, 40),
			Tenant: strings.ToLower(cmp.Or(token.Tenant, home)), HomeTenant: strings.ToLower(home)}
		for _, by := range in.ManagedByTenants {
			if authority.IsGUID(by.TenantID) {
				one.ManagedBy = append(one.ManagedBy, strings.ToLower(by.TenantID))
			}
		}
		all = append(all, one)
	}
	return all, err
}

func (c *Client) nonsense(what string) error {
	return &https.AnswerError{Host: strings.TrimPrefix(c.Origin, "https://"), What: what}
}
