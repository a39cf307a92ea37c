package entra

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// browserLife is how long a browser is waited for: as long as Entra's device codes live.
const browserLife = 15 * time.Minute

// Browser is the way to sign in with a browser that reaches this machine: the authorization code grant with PKCE and a
// loopback redirect (RFC 8252, RFC 7636, https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow).
// The application needs the redirect URI http://localhost.
type Browser struct {
	*Service
	// Port is where the browser brings the answer, 0 a free one.
	Port int
	// Forward names this machine to a person whose browser runs on another one, which reaches the port by ssh; "" where
	// the browser is here. It is called when somebody is asked. nil says that the browser is here.
	Forward func() string
	// Open opens a page for the person. Its error is no end: the address has been shown. nil opens none.
	Open func(ctx context.Context, address string) error

	look time.Duration // for the browser to fetch its last page; 0 means longestLook. Stubbable for testing.
}

// ForwardPort is taken where the port has to be forwarded and nobody has chosen one, if it is free: what is forwarded
// once can stand in the configuration of ssh.
const ForwardPort = 8400

// Name is "browser".
func (Browser) Name() string { return "browser" }

// Grant signs somebody in. A person who was asked in vain is a *plugin.RefusedError, a port that can't be had a
// *ListenError.
func (b Browser) Grant(ctx context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
	x, m, app, err := b.begin(r)
	if err != nil {
		return plugin.Grant{}, err
	}
	forward := ""
	if b.Forward != nil {
		forward = b.Forward()
	}
	l, err := b.listen(r, forward)
	if err != nil {
		return plugin.Grant{}, err
	}
	defer l.close()
	l.note, l.look = b.note, b.look
	c := newCodeRequest(l.redirect(), "form_post", l.state)
	if l.page, err = x.authorizePage(ctx, app, r, m, c); err != nil {
		return plugin.Grant{}, err
	}
	l.serve()
	x.shown = b.now()
	expires := x.shown.Add(browserLife)
	if err := ui.Show(r, plugin.Prompt{Method: b.Name(), URL: l.start(), Forward: forward, Expires: expires}); err != nil {
		return plugin.Grant{}, err
	}
	opening, done := context.WithCancel(ctx)
	defer done()
	opened := b.open(opening, l.start())
	limit, over := browserEnd(x.patience)
	answer, err := l.wait(ctx, opened, limit, over)
	if err != nil {
		return plugin.Grant{}, err
	}
	g, err := x.redeem(ctx, app, r, m, c, answer)
	l.finish(x.outcome(r, err))
	return g, err
}

// listen opens the port of the settings; without one ForwardPort where it has to be forwarded, else a free one.
func (b Browser) listen(r plugin.Request, forward string) (*loopback, error) {
	if b.Port == 0 && forward != "" {
		if l, err := listen(ForwardPort); err == nil {
			return l, nil
		}
	}
	l, err := listen(b.Port)
	if e, ok := errors.AsType[*ListenError](err); ok {
		e.Request = r
	}
	return l, err
}

// open opens the page and says what came of it. The person may be back before it does.
func (b Browser) open(ctx context.Context, address string) <-chan error {
	opened := make(chan error, 1)
	if b.Open != nil {
		go func() { opened <- b.Open(ctx, address) }()
	}
	return opened
}

// browserEnd says how long the browser is waited for, and the error of a person who never came.
func browserEnd(patience time.Duration) (time.Duration, error) {
	if patience > 0 && patience < browserLife {
		return patience, &plugin.RefusedError{Reason: plugin.TimedOut, Text: fmt.Sprintf("nobody signed in within %v", patience)}
	}
	return browserLife, &plugin.RefusedError{Reason: plugin.Expired, Text: "the address ended before anybody signed in"}
}

// codeRequest is what the authorization request and the redemption of its code have in common.
type codeRequest struct {
	redirect string // the redirect URI
	mode     string // in which the response comes back: form_post or query
	state    string
	verifier string // of RFC 7636
}

func newCodeRequest(redirect, mode, state string) codeRequest {
	return codeRequest{redirect, mode, state, rand.Text() + rand.Text()} // 52 unreserved characters
}

// authorizePage is the address of the authorization request. MSAL writes it without state, nonce and PKCE, and without
// OpenID's scopes.
func (x *exchange) authorizePage(ctx context.Context, app public.Client, r plugin.Request, m *memory, c codeRequest) (string, error) {
	bounded, cancel := within(ctx, codeLimit, x.host)
	defer cancel()
	var options []public.AuthCodeURLOption
	if r.Claims != "" {
		options = append(options, public.WithClaims(r.Claims))
	}
	page, err := app.AuthCodeURL(bounded, strings.ToLower(r.Client), c.redirect, scopes(r), options...)
	if err != nil {
		return "", x.failure(bounded, m)
	}
	u, err := url.Parse(page)
	if err != nil || !sameHost(u, x.host) {
		return "", errMSAL
	}
	x.nonce = rand.Text()
	challenge := sha256.Sum256([]byte(c.verifier))
	q := u.Query()
	wanted := slices.Clone(scopes(r))
	for _, scope := range []string{"openid", "offline_access", "profile"} {
		if !slices.Contains(wanted, scope) {
			wanted = append(wanted, scope)
		}
	}
	q.Set("scope", strings.Join(wanted, " "))
	q.Set("state", c.state)
	q.Set("nonce", x.nonce)
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
	q.Set("code_challenge_method", "S256")
	q.Set("response_mode", c.mode)
	if r.Account == "" {
		q.Set("prompt", "select_account")
	} else if strings.Contains(r.Account, "@") {
		q.Set("login_hint", r.Account)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// redeem makes tokens of what the browser brought.
func (x *exchange) redeem(ctx context.Context, app public.Client, r plugin.Request, m *memory, c codeRequest, a authorization) (plugin.Grant, error) {
	if a.error != "" {
		return plugin.Grant{}, a.refusal(x.service.now())
	}
	bounded, cancel := within(ctx, silentLimit, x.host)
	defer cancel()
	options := []public.AcquireByAuthCodeOption{public.WithChallenge(c.verifier)} // which is what MSAL calls the verifier
	if r.Claims != "" {
		options = append(options, public.WithClaims(r.Claims))
	}
	// MSAL's own error is of no use: x knows better, and without the text of answers.
	_, _ = app.AcquireTokenByAuthCode(bounded, a.code, c.redirect, scopes(r), options...)
	if x.answer == nil {
		return plugin.Grant{}, refused(x.failure(bounded, m))
	}
	return x.signedIn(bounded, r, m)
}

// checkNonce refuses an ID token that was issued for another sign-in than the one that was begun here
// (OpenID Connect Core 1.0, section 3.1.3.7, item 11). MSAL does not look.
func checkNonce(host, nonce string, a tokenAnswer) error {
	if nonce == "" || a.id.IsZero() {
		return nil
	}
	parts, err := claims.Parts(a.id.Reveal())
	if err != nil {
		return &https.AnswerError{Host: host, What: errIDToken.Error()}
	}
	o, err := parseObject(parts[1])
	if got, _ := o.text("nonce"); err != nil || got != nonce {
		return &https.AnswerError{Host: host, What: "has an ID token of another sign-in"}
	}
	return nil
}

// refusal is the error that the authorization endpoint sent by the browser (RFC 6749, section 4.1.2.1). "cancel" is
// Entra's word for a person who said no.
func (a authorization) refusal(now time.Time) error {
	if a.error == "access_denied" && a.subcode == "cancel" {
		return &plugin.RefusedError{Reason: plugin.Declined, Text: "the sign-in was declined"}
	}
	body := marshal(map[string]string{"error": a.error, "error_description": a.description})
	e, _ := parseError(reply{status: http.StatusBadRequest, body: body, at: now})
	if e.When.IsZero() {
		e.When = now
	}
	return refused(e)
}

// outcome says what came of the sign-in, on the person's last page.
func (x *exchange) outcome(r plugin.Request, err error) outcome {
	if err != nil {
		return outcome{"Not signed in", "The sign-in failed: " + err.Error() + ". The terminal says what to do."}
	}
	who := text.Short(x.answer.username(), 200)
	if who == "" {
		who = "You are"
	} else {
		who += " is"
	}
	return outcome{"Signed in", fmt.Sprintf("%s signed in, for %s. You can close this page.", who, text.Clean(r.Asker))}
}
