package entra_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// start starts a simulator whose codes have an interval of a second, and a Service for it.
func start(t *testing.T) (*entratest.Server, *entra.Service, *notes) {
	t.Helper()
	sim := entratest.NewServer()
	t.Cleanup(sim.Close)
	sim.Set(func(o *entratest.Settings) { o.Interval = time.Second })
	said := &notes{}
	return sim, &entra.Service{
		Authority: authority.Authority{Host: sim.Host, Roots: sim.CertPool()},
		Discovery: &documents{},
		Note:      said.add,
	}, said
}

// notes collects what a Service notes.
type notes struct {
	mu  sync.Mutex
	all []string
}

func (n *notes) add(s string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, s)
}

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}

var _ entra.DiscoveryStore = (*cache.Store)(nil)

// documents is a DiscoveryStore.
type documents struct {
	mu   sync.Mutex
	docs map[string][]byte
}

func (d *documents) Discovery(authority string) ([]byte, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	doc, ok := d.docs[authority]
	return doc, ok
}

func (d *documents) KeepDiscovery(authority string, doc []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.docs == nil {
		d.docs = map[string][]byte{}
	}
	d.docs[authority] = doc
}

// request asks sim for a token of the Kubernetes server application.
func request(sim *entratest.Server) plugin.Request {
	return plugin.Request{Key: cache.Key{
		SessionID: cache.SessionID{Authority: sim.Host, Client: entratest.ClientID},
		Tenant:    entratest.TenantContoso,
		Scopes:    []string{entratest.ServerID + "/.default"},
		Kind:      cache.Access,
	}}
}

// quiet shows a code to nobody.
func quiet(plugin.Prompt) error { return nil }

// shower is a plugin.UI without a countdown.
type shower func(plugin.Prompt) error

func (f shower) Show(_ plugin.Request, p plugin.Prompt) error { return f(p) }
func (shower) Count(plugin.Request, plugin.Prompt) func()     { return func() {} }

// byDevice is the device code method as a source.
func byDevice(s *entra.Service, show func(plugin.Prompt) error) plugin.Source {
	return device{s.DeviceCode(), shower(show)}
}

type device struct {
	plugin.Method
	ui plugin.UI
}

func (d device) Token(ctx context.Context, r plugin.Request, _ cache.Session) (plugin.Grant, error) {
	return d.Grant(ctx, r, d.ui)
}

// signIn signs user in and returns the session.
func signIn(t *testing.T, sim *entratest.Server, s *entra.Service, r plugin.Request, user string) cache.Session {
	t.Helper()
	sim.AutoApprove(user, 0)
	defer sim.AutoApprove("", 0)
	g, err := byDevice(s, quiet).Token(t.Context(), r, cache.Session{})
	if err != nil {
		t.Fatalf("sign in: %v", err)
	}
	return g.Session
}

func TestSignInThenSilent(t *testing.T) {
	t.Parallel()
	sim, s, _ := start(t)
	r := request(sim)
	var shown plugin.Prompt
	show := func(c plugin.Prompt) error {
		shown = c
		return sim.Approve(c.UserCode, entratest.Alice)
	}
	g, err := byDevice(s, show).Token(t.Context(), r, cache.Session{})
	if err != nil {
		t.Fatal(err)
	}
	if shown.URL != sim.URL+"/devicelogin" || time.Until(shown.Expires) < 14*time.Minute {
		t.Errorf("shown: %+v", shown)
	}
	checkToken(t, g.Token, entratest.Alice, entratest.TenantContoso)
	sim.ResetRequests()
	again, err := s.Silent().Token(t.Context(), r, g.Session)
	if err != nil {
		t.Fatal(err)
	}
	checkToken(t, again.Token, entratest.Alice, entratest.TenantContoso)
	if again.Token.Value.Equal(g.Token.Value) {
		t.Error("the same token again")
	}
	if n := sim.Requests("*"); n != 1 {
		t.Errorf("a silent refresh made %d requests, not 1: %v", n, sim.RequestLog())
	}
	if again.Session.IsZero() {
		t.Error("no session came with the new refresh token")
	}
}

func checkToken(t *testing.T, token cache.Token, account, tenant string) {
	t.Helper()
	if token.Value.IsZero() || token.Account != account || token.Tenant != tenant {
		t.Errorf("token for %q in %q, want %q in %q", token.Account, token.Tenant, account, tenant)
	}
	if left := time.Until(token.Expires); left < 50*time.Minute || left > 70*time.Minute {
		t.Errorf("the token lives for %v", left)
	}
	if since := time.Since(token.Obtained); since < 0 || since > time.Minute {
		t.Errorf("obtained %v ago", since)
	}
}
