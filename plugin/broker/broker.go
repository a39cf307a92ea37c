// Package broker has the identity broker of a Linux machine sign people in and renew their sessions: Microsoft's
// (microsoft-identity-broker, which comes with Intune) or himmelblau's. The machine is enrolled with it, so that its
// tokens pass policies that ask for a managed device.
//
// The broker is asked over the session bus of D-Bus. It keeps the session; ours holds the account alone, and
// cache.Session.Holder names the broker. Its tokens are checked and cached as all others are.
//
// Microsoft documents none of this. The package was written from what open clients of the broker send and read, and
// tried against a stand-in and Debian's sso-mib, a client that others wrote. No enrolled machine was at hand.
package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Name is the broker's in the setting login, and as the holder of a session.
const Name = "broker"

// RedirectURI is what the application has to have registered for the broker.
const RedirectURI = "https://login.microsoftonline.com/common/oauth2/nativeclient"

const (
	quickLimit  = 5 * time.Second  // of all that needs no network: the bus, the broker's name, its accounts
	silentLimit = 45 * time.Second // of a token without a person
	windowLife  = 15 * time.Minute // how long a person may take, as with a device code
)

// Broker is the broker of this machine, as a plugin.Source and a plugin.Method. Errors of its own are *Error.
type Broker struct {
	*entra.Service
	Bus string                               // address of the session bus, as DBUS_SESSION_BUS_ADDRESS has it; "" if there is none
	Old func(cache.Key) (cache.Token, error) // the token at hand, which a renewal is to replace; may be nil
}

// Error says why the broker gave nothing.
type Error struct {
	What    string         // clean words
	Err     error          // or nil
	Request plugin.Request // what was asked, zero where it was no token
	class   failure.Class
}

func (e *Error) Error() string { return "the identity broker " + e.What }
func (e *Error) Unwrap() error { return e.Err }

// Class is configuration where there is no broker to be had, refused where it said no, answer where it makes no sense
// or can't be trusted, and network where it does not answer.
func (e *Error) Class() failure.Class { return e.class }

// about is err with what was asked: whoever takes another way has to ask for the same.
func about(r plugin.Request, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Request = r
	}
	return err
}

// Name is "broker".
func (Broker) Name() string { return Name }

// Here says why no broker can be had on this machine, nil if one can. It starts neither a bus nor a broker.
func (b Broker) Here(ctx context.Context) error {
	ctx, cancel := bounded(ctx, quickLimit)
	defer cancel()
	c, err := connect(ctx, b.Bus)
	if err != nil {
		return err
	}
	defer c.close()
	_, err = c.find(ctx, false)
	return err
}

// check refuses a request that may not go out, and one that the broker could serve with a key of its own alone.
func (b Broker) check(r plugin.Request) error {
	if r.KeyID != "" {
		return &Error{What: "gives bearer tokens alone here, and one that is bound to a key was asked for (--pop-enabled)", class: failure.Config}
	}
	return b.Check(r)
}

// Token renews the session of an account without a person.
func (b Broker) Token(ctx context.Context, r plugin.Request, s cache.Session) (_ plugin.Grant, err error) {
	defer func() { err = about(r, err) }()
	if err := b.check(r); err != nil {
		return plugin.Grant{}, err
	}
	known, err := plugin.ChooseAccount(s, r.Account, r.Tenant)
	if errors.Is(err, plugin.ErrNobody) {
		err = &plugin.InteractionRequiredError{Err: err}
	}
	if err != nil {
		return plugin.Grant{}, err
	}
	c, accounts, err := b.open(ctx, r)
	if err != nil {
		return plugin.Grant{}, err
	}
	defer c.close()
	a, ok := pick(accounts, func(a account) bool { return a.is(known) }, r.Tenant)
	if !ok {
		err := fmt.Errorf("the identity broker has no session of %s any more", text.Short(known.Username, 200))
		return plugin.Grant{}, &plugin.InteractionRequiredError{Err: err}
	}
	return b.silent(ctx, c, r, s, known.HomeID, a)
}

// silent has the broker give a token of a that asks nobody. homeID is the account's in s, "" where it is not there.
func (b Broker) silent(ctx context.Context, c *conn, r plugin.Request, s cache.Session, homeID string, a account) (plugin.Grant, error) {
	bounded, cancel := bounded(ctx, silentLimit)
	defer cancel()
	o, err := c.call(bounded, "acquireTokenSilently", tokenRequest(r, &a, b.renews(r), silently))
	if err != nil {
		return plugin.Grant{}, err
	}
	brought, err := b.read(o, false)
	if err != nil {
		return plugin.Grant{}, err
	}
	return b.Accept(bounded, r, s, homeID, brought)
}

// renews is the token at hand, "" where there is none: a broker would give the same one out of its cache.
func (b Broker) renews(r plugin.Request) string {
	if b.Old == nil || r.Kind != cache.Access {
		return ""
	}
	t, err := b.Old(r.Key)
	if err != nil {
		return ""
	}
	return t.Value.Reveal()
}

// Grant signs somebody in: at once, where the broker has a session of the one account that can be meant; else in the
// broker's own window.
func (b Broker) Grant(ctx context.Context, r plugin.Request, ui plugin.UI) (_ plugin.Grant, err error) {
	defer func() { err = about(r, err) }()
	if err := b.check(r); err != nil {
		return plugin.Grant{}, err
	}
	c, accounts, err := b.open(ctx, r)
	if err != nil {
		return plugin.Grant{}, err
	}
	defer c.close()
	a, ok := pick(accounts, func(a account) bool { return a.isNamed(r.Account) }, r.Tenant)
	if ok {
		g, err := b.silent(ctx, c, r, cache.Session{}, a.homeID, a)
		if _, needed := errors.AsType[*plugin.InteractionRequiredError](err); !needed {
			return g, err
		}
		return b.ask(ctx, c, r, ui, &a)
	}
	return b.ask(ctx, c, r, ui, nil)
}

// ask has the broker show its window. a is the account that is meant, or nil.
func (b Broker) ask(ctx context.Context, c *conn, r plugin.Request, ui plugin.UI, a *account) (plugin.Grant, error) {
	life, over := windowLife, &plugin.RefusedError{Reason: plugin.Expired, Text: "nobody signed in at the identity broker's window"}
	if r.PromptTimeout > 0 && r.PromptTimeout < life {
		life, over = r.PromptTimeout, &plugin.RefusedError{Reason: plugin.TimedOut, Text: fmt.Sprintf("nobody signed in within %v", r.PromptTimeout)}
	}
	if err := ui.Show(r, plugin.Prompt{Method: Name, Expires: b.now().Add(life)}); err != nil {
		return plugin.Grant{}, err
	}
	asking, cancel := context.WithTimeoutCause(ctx, life, over)
	defer cancel()
	o, err := c.call(asking, "acquireTokenInteractively", tokenRequest(r, a, "", interactively))
	if asking.Err() != nil {
		c.cancel(tokenRequest(r, a, "", interactively))
	}
	if err != nil {
		return plugin.Grant{}, err
	}
	brought, err := b.read(o, true)
	if err != nil {
		return plugin.Grant{}, err
	}
	return b.Accept(ctx, r, cache.Session{}, "", brought)
}

func (b Broker) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// Remove has the broker forget the session of an account for a client. There may be none.
func (b Broker) Remove(ctx context.Context, id cache.SessionID, known cache.Account) error {
	r := plugin.Request{Key: cache.Key{SessionID: id}}
	c, accounts, err := b.open(ctx, r)
	if err != nil {
		return err
	}
	defer c.close()
	ctx, cancel := bounded(ctx, quickLimit)
	defer cancel()
	for _, a := range accounts {
		if !a.is(known) {
			continue
		}
		o, err := c.call(ctx, "removeAccount", removeRequest(id.Client, a))
		if err != nil {
			return err
		}
		if err := b.readRemoved(o); err != nil {
			return err
		}
	}
	return nil
}

// open connects with the broker and asks which accounts it has: a broker that is mute is found out here, where no
// person and no network has a part.
func (b Broker) open(ctx context.Context, r plugin.Request) (*conn, []account, error) {
	bounded, cancel := bounded(ctx, quickLimit)
	defer cancel()
	c, err := connect(bounded, b.Bus)
	if err != nil {
		return nil, nil, err
	}
	if c.owner, err = c.find(bounded, true); err != nil {
		c.close()
		return nil, nil, err
	}
	o, err := c.call(bounded, "getAccounts", accountsRequest(r.Client))
	if err == nil {
		var accounts []account
		if accounts, err = b.readAccounts(o); err == nil {
			return c, accounts, nil
		}
	}
	c.close()
	return nil, nil, err
}

// bounded ends with an error that says who did not answer.
func bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, &Error{What: fmt.Sprintf("did not answer within %v", limit), class: failure.Network})
}

// pick is the record of the account that fits: a guest has one for each tenant. ok is false if there is none, or if
// several accounts fit.
func pick(accounts []account, fits func(account) bool, tenant string) (picked account, ok bool) {
	for _, a := range accounts {
		switch {
		case !fits(a):
		case !ok:
			picked, ok = a, true
		case !strings.EqualFold(a.homeID, picked.homeID):
			return account{}, false
		case strings.EqualFold(a.realm, tenant) && !strings.EqualFold(picked.realm, tenant):
			picked = a
		}
	}
	return picked, ok
}
