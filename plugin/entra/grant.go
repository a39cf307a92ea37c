package entra

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// exchange begins one call.
func (s *Service) exchange(r plugin.Request) *exchange {
	x := &exchange{service: s, host: s.Authority.Host, tenant: r.Tenant, origin: r.Origin, patience: r.PromptTimeout}
	if s.Proxy != nil {
		x.host = s.Proxy.URL.Host // what goes wrong there is told of it
	}
	return x
}

func (x *exchange) memory(session cache.Session) *memory {
	return &memory{session: session, answered: func() bool { return x.answer != nil }}
}

// grant makes a Grant of the answer, whether or not MSAL got on with it: its session is m's. known is the
// account as the session has it, for answers that do not say.
func (x *exchange) grant(r plugin.Request, m *memory, known string) (plugin.Grant, error) {
	a := x.answer
	g := plugin.Grant{Session: m.kept}
	switch {
	case a.homeID == "":
		g.Session = cache.Session{}
		x.service.note("the sign-in can't be kept: the answer of %s does not say who it is for", x.host)
	case g.Session.IsZero():
		x.service.note("the sign-in can't be kept: MSAL did not take the answer of %s", x.host)
	}
	if a.idErr != nil {
		return g, &https.AnswerError{Host: x.host, What: a.idErr.Error()}
	}
	if a.unbound != nil {
		return g, &https.AnswerError{Host: x.host, What: a.unbound.Error()}
	}
	token := cache.Token{Kind: r.Kind, Obtained: a.received, Account: known, Tenant: a.tenant(r.Tenant)}
	if name := text.Short(a.username(), 200); name != "" {
		token.Account = name
	}
	if r.Kind == cache.Access {
		missing, all := a.missing(r.Scopes)
		if all {
			return g, &ScopesError{Declined: missing}
		}
		if len(missing) > 0 {
			token.Granted = slices.Sorted(slices.Values(a.scopes))
		}
		token.Value, token.Expires = a.access, a.received.Add(a.life)
		g.Token = token
		return g, nil
	}
	if err := x.checkID(r.Client); err != nil {
		return g, err
	}
	token.Value, token.Expires = a.id, time.Unix(a.claims.IDToken.ExpirationTime, 0)
	if !token.Expires.After(x.service.now()) {
		x.service.note("the new ID token of %s has already ended by this machine's clock; is the clock right?", x.host)
	}
	g.Token = token
	return g, nil
}

// tenant returns the GUID of the tenant that issued the tokens, as far as it is known.
func (a tokenAnswer) tenant(asked string) string {
	switch {
	case authority.IsGUID(a.claims.IDToken.TenantID):
		return strings.ToLower(a.claims.IDToken.TenantID)
	case authority.IsGUID(asked):
		return strings.ToLower(asked)
	}
	return ""
}

var errMSAL = errors.New("MSAL could not carry out the request")

// failure returns why x gave no grant: the caller's own end first, then what the exchange saw. Nothing of
// MSAL's error is in it.
func (x *exchange) failure(ctx context.Context, m *memory) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case x.err != nil:
		return x.err
	case m.err != nil:
		return m.err
	}
	return errMSAL
}
