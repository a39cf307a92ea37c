package entra

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/pop"
	"github.com/entralogin/entralogin/plugin/text"
)

// silentLimit bounds a silent request with all its tries.
const silentLimit = 45 * time.Second

// Silent is the source that uses a stored refresh token. It costs one request where the endpoints are
// remembered, and none where nobody has signed in. A refresh token serves every tenant and resource of its
// account (https://learn.microsoft.com/entra/identity-platform/refresh-tokens).
//
// Where only a person can help, the error is a *plugin.InteractionRequiredError.
func (s *Service) Silent() plugin.Source { return silentSource{s} }

type silentSource struct{ *Service }

func (s silentSource) Token(ctx context.Context, r plugin.Request, session cache.Session) (plugin.Grant, error) {
	if err := s.check(r); err != nil {
		return plugin.Grant{}, err
	}
	account, err := plugin.ChooseAccount(session, r.Account, r.Tenant)
	if errors.Is(err, plugin.ErrNobody) {
		return plugin.Grant{}, &plugin.InteractionRequiredError{Err: err}
	}
	if err != nil {
		return plugin.Grant{}, err
	}
	x := s.exchange(r)
	x.homeID, x.earlier = account.HomeID, identities(session.IDTokens(account.HomeID))
	m := x.memory(session)
	app, err := s.app(r, x, m)
	if err != nil {
		return plugin.Grant{}, err
	}
	bounded, cancel := within(ctx, silentLimit, x.host)
	defer cancel()
	options := []public.AcquireSilentOption{public.WithSilentAccount(public.Account{HomeAccountID: account.HomeID})}
	if r.Claims != "" {
		options = append(options, public.WithClaims(r.Claims))
	}
	if x.key = r.KeyID; x.key != "" {
		options = append(options, public.WithAuthenticationScheme(pop.Scheme(x.key)))
	}
	_, err = app.AcquireTokenSilent(bounded, scopes(r), options...)
	if x.answer != nil {
		g, err := x.grant(r, m, text.Short(account.Username, 200))
		return g, silentError(err)
	}
	if err != nil && m.err == nil && x.err == nil && x.endpoints == (endpoints{}) && bounded.Err() == nil {
		// MSAL asks for the endpoints as soon as it has found a refresh token.
		err := fmt.Errorf("no refresh token of %s is stored", text.Short(account.Username, 200))
		return plugin.Grant{}, &plugin.InteractionRequiredError{Err: err}
	}
	return plugin.Grant{}, silentError(x.failure(bounded, m))
}

// silentError asks for a person where the service does, or where it declined all scopes: one can consent.
func silentError(err error) error {
	var refusal *Error
	var scopes *ScopesError
	switch {
	case errors.As(err, &scopes):
		return &plugin.InteractionRequiredError{Err: scopes}
	case errors.As(err, &refusal) && !refusal.transient() && refusal.needsPerson():
		return &plugin.InteractionRequiredError{Err: refusal, Claims: refusal.Claims}
	}
	return err
}
