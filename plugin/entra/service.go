// Package entra obtains tokens from Microsoft Entra ID: silently with a refresh token, from a person
// with the device code flow (RFC 8628) or the authorization code flow (RFC 6749, section 4.1), or for an
// application that signs in by itself (section 4.4).
//
// MSAL Go's clients speak the protocol, and own the format of the session. They work over a
// transport of this package (see exchange), which checks each answer before MSAL sees it, paces the polls
// and turns failures into typed errors. No text of an MSAL error goes any further: it can hold whole
// answers, tokens included.
package entra

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Service is the token service of one authority. Its sources may be used by several goroutines.
type Service struct {
	Authority authority.Authority
	Discovery DiscoveryStore       // remembers openid-configuration documents; nil remembers nothing
	Trace     func(https.Exchange) // sees each request; may be nil
	Note      func(string)         // hears of decisions and doubts in clean words; may be nil
	Proxy     *TokenProxy          // is asked in place of the authority; nil: there is none

	// stubbable for testing
	Now func() time.Time // nil means time.Now

	sleep func(context.Context, time.Duration) error // nil means https.Sleep

	once      sync.Once
	client    *http.Client
	unfit     error // why there is none
	skewNoted atomic.Bool
}

// check refuses, before any request, what may not become part of an address or of a request.
func (s *Service) check(r plugin.Request) error {
	switch {
	case !strings.EqualFold(r.Authority, s.Authority.Host):
		return fmt.Errorf("the request is for the authority %q, not for %q", text.Short(r.Authority, 100), s.Authority.Host)
	case !authority.IsTenant(r.Tenant):
		return fmt.Errorf("%q is neither a tenant ID nor a domain name", text.Short(r.Tenant, 100))
	case !authority.IsClientID(r.Client):
		return fmt.Errorf("the client ID %q is no GUID", text.Short(r.Client, 100))
	case r.Kind != cache.Access && r.Kind != cache.ID:
		return fmt.Errorf("%q is no kind of token", text.Short(string(r.Kind), 100))
	case r.Kind == cache.Access && len(r.Scopes) == 0:
		return errors.New("an access token needs at least one scope")
	}
	for _, scope := range r.Scopes {
		if !authority.IsScope(scope) {
			return fmt.Errorf("%q is no scope", text.Short(scope, 100))
		}
	}
	return s.prepare()
}

// scopes returns what MSAL is asked for. MSAL itself adds openid, profile and offline_access to each
// request. It refuses an empty list, so a bare ID token goes by the name of openid.
func scopes(r plugin.Request) []string {
	if len(r.Scopes) == 0 {
		return []string{"openid"}
	}
	return r.Scopes
}

// begin makes what a person's sign-in needs, for a request that is in order.
func (s *Service) begin(r plugin.Request) (*exchange, *memory, public.Client, error) {
	if err := s.check(r); err != nil {
		return nil, nil, public.Client{}, err
	}
	x := s.exchange(r)
	m := x.memory(cache.Session{})
	app, err := s.app(r, x, m)
	return x, m, app, err
}

// within bounds requests to a host, with all their tries.
func within(ctx context.Context, d time.Duration, host string) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, &https.NetworkError{Host: host, Err: fmt.Errorf("no answer within %v", d)})
}

// app makes the MSAL client of one call.
func (s *Service) app(r plugin.Request, x *exchange, m *memory) (public.Client, error) {
	app, err := public.New(r.Client,
		public.WithAuthority("https://"+s.Authority.Host+"/"+strings.ToLower(r.Tenant)),
		// The authority is one that the user trusts; asking login.microsoftonline.com about it
		// would cost a request in each process.
		public.WithInstanceDiscovery(false),
		public.WithHTTPClient(x),
		public.WithCache(m))
	if err != nil {
		return app, errors.New("MSAL does not take the authority")
	}
	return app, nil
}

// prepare makes the client that all calls share, with the certificates that are trusted. Errors are
// *text.FileError.
func (s *Service) prepare() error {
	s.once.Do(func() {
		roots := s.Authority.Roots
		if roots == nil {
			roots, s.unfit = https.Roots(s.Authority.CAFile)
		}
		options := https.Options{
			Hosts: []string{strings.ToLower(s.Authority.Host)},
			Roots: roots,
			JSON:  true,
			Trace: s.Trace,
		}
		if s.Proxy != nil {
			options.Hosts, options.TLS = []string{s.Proxy.URL.Host}, s.Proxy.TLS
		}
		s.client = options.Client()
	})
	return s.unfit
}

func (s *Service) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Service) note(format string, args ...any) {
	if s.Note != nil {
		s.Note(fmt.Sprintf(format, args...))
	}
}

// wait returns after d, or with the cause of ctx as soon as that is done.
func (s *Service) wait(ctx context.Context, d time.Duration) error {
	if s.sleep != nil {
		return s.sleep(ctx, d)
	}
	return https.Sleep(ctx, d)
}

// checkClock compares this machine's clock with the Date of an answer and says so, once, if they differ
// by more than 5 minutes: tokens then look expired, or fresh, when they are not.
func (s *Service) checkClock(h http.Header) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return
	}
	ahead := s.now().Sub(date).Round(time.Second)
	if ahead.Abs() <= 5*time.Minute || s.skewNoted.Swap(true) {
		return
	}
	word := "ahead of"
	if ahead < 0 {
		word = "behind"
	}
	s.note("this machine's clock is %v %s that of %s; tokens may seem expired, or valid, when they are not",
		ahead.Abs(), word, s.Authority.Host)
}
