package entra

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// codeLimit bounds the requests before a code is shown, with all their tries.
const codeLimit = 90 * time.Second

// DeviceCode is the way to sign in by the device authorization grant of RFC 8628
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code).
//
// A person who was asked in vain is a *plugin.RefusedError. The end of ctx is its cause, as it is.
func (s *Service) DeviceCode() plugin.Method { return deviceMethod{s} }

type deviceMethod struct{ *Service }

func (deviceMethod) Name() string { return plugin.DeviceCode }

func (s deviceMethod) Grant(ctx context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
	x, m, app, err := s.begin(r)
	if err != nil {
		return plugin.Grant{}, err
	}
	pending, err := x.beginCode(ctx, app, r, m)
	if err != nil {
		return plugin.Grant{}, ofCode(refusedEarly(err))
	}
	x.shown = s.now()
	if err := ui.Show(r, plugin.Prompt{Method: s.Name(), UserCode: x.code.user, URL: x.code.page, Expires: x.code.expires}); err != nil {
		return plugin.Grant{}, err
	}
	// MSAL's own error is of no use: x knows better, and without the text of answers.
	_, _ = pending.AuthenticationResult(ctx)
	if x.answer == nil {
		return plugin.Grant{}, ofCode(refused(x.failure(ctx, m)))
	}
	return x.signedIn(ctx, r, m)
}

// signedIn is what the person's sign-in gives.
func (x *exchange) signedIn(ctx context.Context, r plugin.Request, m *memory) (plugin.Grant, error) {
	g, err := x.grant(r, m, "")
	if err == nil {
		err = x.answer.wrongAccount(r.Account)
	}
	if err == nil && r.KeyID != "" {
		return x.service.bind(ctx, r, g)
	}
	if err != nil {
		g.Token = cache.Token{}
	}
	return g, refused(err)
}

// ofCode notes in a refusal that a device code got whether it may be device codes that are refused.
func ofCode(err error) error {
	e, ok := err.(*plugin.RefusedError)
	if !ok || e.Reason != plugin.Blocked {
		return err
	}
	if refusal, ok := e.Err.(*Error); ok && refusal.Explain().OfCode != "" {
		e.OfMethod, e.Believed = plugin.DeviceCode, refusal.Explain().believed()
	}
	return err
}

// beginCode requests a code.
func (x *exchange) beginCode(ctx context.Context, app public.Client, r plugin.Request, m *memory) (public.DeviceCode, error) {
	ctx, cancel := within(ctx, codeLimit, x.host)
	defer cancel()
	var options []public.AcquireByDeviceCodeOption
	if r.Claims != "" {
		options = append(options, public.WithClaims(r.Claims))
	}
	pending, err := app.AcquireTokenByDeviceCode(ctx, scopes(r), options...)
	if err != nil {
		return pending, x.failure(ctx, m)
	}
	return pending, nil
}

// wrongAccount reports that somebody signed in who was not asked for. A person may type the part before the "@" alone.
func (a tokenAnswer) wrongAccount(asked string) error {
	who := text.Short(a.username(), 200)
	if asked == "" || !strings.Contains(asked, "@") && strings.EqualFold(plugin.LocalPart(a.username()), asked) || (cache.Account{HomeID: a.homeID, Aliases: []string{a.username()}}).Is(asked) {
		return nil
	}
	if who == "" {
		who = "somebody whose name the service does not tell"
	}
	return &plugin.RefusedError{
		Reason: plugin.WrongAccount,
		Text:   fmt.Sprintf("signed in as %s, but %s was asked for", who, text.Short(asked, 200)),
	}
}

// refusedEarly is refused for an answer to the request for a code. What hangs on the scopes is left as it is,
// so that it is not remembered against a call for others.
func refusedEarly(err error) error {
	if refusal, ok := err.(*Error); ok && (refusal.Explain().Lasting || refusal.Explain().OfCode != "") {
		return refused(err)
	}
	return err
}

// refused makes a *plugin.RefusedError of what the service said while a person was asked.
func refused(err error) error {
	if scopes, ok := errors.AsType[*ScopesError](err); ok {
		return &plugin.RefusedError{Reason: plugin.Blocked, Text: scopes.Error(), Err: scopes, OfScopes: true}
	}
	refusal, ok := err.(*Error)
	if !ok {
		return err
	}
	e := &plugin.RefusedError{Reason: plugin.Blocked, Err: refusal, OfScopes: refusal.ofScopes()}
	e.Text = fmt.Sprintf("the service refused the sign-in: %s (%s)", strings.TrimRight(refusal.Error(), ". "), refusal.Support())
	switch {
	// Entra's name, and that of RFC 8628, which Entra uses for policies too.
	case refusal.Code == "authorization_declined", refusal.Code == "access_denied" && refusal.AADSTS == 0:
		e.Reason, e.Text = plugin.Declined, "the sign-in was declined"
	case refusal.Code == "expired_token", refusal.AADSTS == 70019, refusal.AADSTS == 70020:
		e.Reason, e.Text = plugin.Expired, "the code ended before anybody used it"
	}
	return e
}
