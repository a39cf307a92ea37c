//go:build unix

package credential

import (
	"strings"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/failure"
)

// azureCall is a call as az for which az login was given l; what is kept is read as often as read says.
func (s *trust) azureCall(l cache.AzureLogin, read *int) Call {
	s.t.Helper()
	l.Authority, l.Client, l.Tenant = s.sim.Host, entratest.DaemonID, entratest.TenantContoso
	p := cache.AzureProfile{}.With(l)
	l, _ = p.Current()
	c := s.call(config.TenantID, l.Tenant, config.ClientID, l.Client)
	target, err := config.Source{Getenv: c.Getenv, File: c.Target.File}.Resolve(config.Call{Flags: config.Flags(nil), More: []config.Layer{config.AzureLayer(l)}, Tools: config.NoTools})
	if err != nil {
		s.t.Fatal(err)
	}
	target.Request.Scopes = c.Target.Request.Scopes
	c.Target = target
	c.Kept = func() (cache.AzureProfile, error) { *read++; return p, nil }
	return c
}

// TestKept signs in with what az login was given, which is read when a token is asked for, and not before.
func TestKept(t *testing.T) {
	s := newTrust(t)
	secret := s.sim.Applications.Get(entratest.DaemonID).AddSecret(time.Hour)
	assertion := s.issuer.Sign(entratest.Assertion{Subject: subject})
	for kind, l := range map[string]cache.AzureLogin{
		config.BySecret:  {Kind: cache.AzureSecret, Secret: cache.NewSecret(secret)},
		config.Federated: {Kind: cache.AzureAssertion, Secret: cache.NewSecret(assertion), Until: time.Now().Add(time.Hour)},
	} {
		t.Run(kind, func(t *testing.T) {
			read := 0
			c := s.azureCall(l, &read)
			if c.Target.Request.Credential != kind {
				t.Errorf("signs in by %s", c.Target.Request.Credential)
			}
			if _, err := c.Source(); err != nil || read != 0 {
				t.Errorf("read %d times before a token is asked for, %v", read, err)
			}
			if s.good(c); read != 1 {
				t.Errorf("read %d times", read)
			}
		})
	}
}

// TestKeptNoMore says what to do where a federated token has ended, or what was given is gone.
func TestKeptNoMore(t *testing.T) {
	s := newTrust(t)
	read := 0
	s.refused(s.azureCall(cache.AzureLogin{Kind: cache.AzureAssertion, Until: time.Now().Add(-3 * time.Minute)}, &read), failure.Config, "AADSTS700024", "ended, 3 minutes ago")
	c := s.azureCall(cache.AzureLogin{Kind: cache.AzureSecret, Secret: cache.NewSecret("x")}, &read)
	c.Kept = func() (cache.AzureProfile, error) { return cache.AzureProfile{}, nil }
	s.refused(c, failure.Config, "is not stored any more", entratest.DaemonID)
	if strings.Contains(c.Target.Secret(config.AzureLogin).Reveal(), "x") {
		t.Error("the settings have the secret")
	}
}
