package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/text"
)

// Next is how the next call for a token goes.
type Next string

// The ways.
const (
	NextSilent  Next = "silent"  // from the cache: no request
	NextRenewal Next = "renewal" // one request, if the service still takes the session
	NextSignIn  Next = "sign-in" // somebody is asked, or the call ends where nobody may be
)

// Outlook is what the next call for a token would do, as far as this machine can know.
type Outlook struct {
	Next      Next
	Until     time.Time // NextSilent: until when
	Renewable bool      // a refresh token is there, for then
	Account   string    // that is served, or that is named; ""
	Err       error     // NextSignIn: why
	Last      cache.SignIn
	Refused   cache.RefusedWay // NextSignIn: that the tenant is known to refuse device codes, zero if it is not
}

// Foresee says what Token would do for r now. It sends and writes nothing, takes no lock and asks nobody, and goes
// through what Token goes through, in its order. Errors are those with which Token would end besides.
func (c *Cached) Foresee(ctx context.Context, r Request) (Outlook, error) {
	t, err := c.look(r)
	if err != nil {
		return Outlook{}, err
	}
	if !r.bypassCache() && t.Fresh(c.now()) {
		_, err := renewable(c.Store, r)
		return Outlook{Next: NextSilent, Until: t.Until().Add(-t.Margin()), Renewable: err == nil, Account: t.Account}, nil
	}
	if err := c.permit(); err != nil {
		return Outlook{}, err
	}
	account, err := renewable(c.Store, r)
	var needed *InteractionRequiredError
	switch {
	case err == nil:
		return Outlook{Next: NextRenewal, Renewable: true, Account: account.Username}, nil
	case c.stillServes(ctx, r, t, err):
		return Outlook{Next: NextSilent, Until: t.Until(), Account: t.Account}, nil
	case !errors.As(err, &needed):
		return Outlook{}, err
	}
	last, _ := c.Store.SignIn(r.SignIn())
	o := Outlook{Next: NextSignIn, Account: r.Account, Err: needed.Err, Last: last}
	if refused, ok := c.Store.RefusedWay(r.way(DeviceCode)); ok {
		o.Refused = refused
	}
	return o, nil
}

// renewable is the account whose refresh token renew would use. Errors are those with which it would end before it sent
// anything, and that the service has refused it lately: it would do so again. A machine needs none, and has no account.
func renewable(st *cache.Store, r Request) (cache.Account, error) {
	if !r.Person() {
		return cache.Account{}, nil
	}
	session, err := st.Session(r.SessionID)
	if err != nil && !errors.Is(err, cache.ErrCorrupt) && !errors.Is(err, cache.ErrKeyGone) {
		return cache.Account{}, err
	}
	account, err := ChooseAccount(session, r.Account, r.Tenant)
	if several, ok := errors.AsType[*AccountsError](err); ok {
		several.Session = r.SessionID
	}
	switch {
	case errors.Is(err, ErrNobody):
		return account, &InteractionRequiredError{Err: err}
	case err == nil && !session.Renews(account.HomeID):
		return account, &InteractionRequiredError{Err: fmt.Errorf("no refresh token of %s is stored", text.Short(account.Username, 200))}
	case err == nil && !session.Refused(account.HomeID).IsZero():
		since := session.Refused(account.HomeID).Local().Format("Jan 2 15:04")
		return account, &InteractionRequiredError{Err: fmt.Errorf("the service takes the session of %s no more, as it said first on %s",
			text.Short(account.Username, 200), since)}
	}
	return account, err
}
