package entra

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/url"
	"strings"
	"unicode"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
)

// Paste is the way to sign in with a browser that does not reach this machine: the authorization code grant of Browser,
// whose redirect leads to a port of localhost where nobody listens. The person copies the address at which the browser
// ends, and pastes it here.
//
// To have somebody copy such an address is also how accounts are stolen, so that no program may ask for it, and no
// application of Microsoft's own is signed in.
//
// The page that the person opens elsewhere has to be shown whole, with state and challenge in it. That gives nothing
// away: a code is worth something to the holder of the verifier alone, which is never shown, and an answer that
// somebody else began with that state brings an ID token with another nonce.
type Paste struct {
	*Service
	// Ask has the person type something, of which no more than longest bytes and one are of interest. It is not shown. The
	// error is io.EOF where they end the input instead.
	Ask func(ctx context.Context, words string, longest int) (cache.Secret, error)
}

// Bounds of what is pasted. A code of Entra's has 1 to 3 KiB.
const (
	longestPaste = 16 << 10
	mostPastes   = 3
)

// Name is "paste".
func (Paste) Name() string { return plugin.Paste }

// Grant signs somebody in. A person who was asked in vain is a *plugin.RefusedError, an application of Microsoft's a
// *FirstPartyError.
func (p Paste) Grant(ctx context.Context, r plugin.Request, ui plugin.UI) (plugin.Grant, error) {
	if name := authority.FirstParty(r.Client); name != "" {
		return plugin.Grant{}, &FirstPartyError{name}
	}
	x, m, app, err := p.begin(r)
	if err != nil {
		return plugin.Grant{}, err
	}
	redirect, err := deadRedirect()
	if err != nil {
		return plugin.Grant{}, err
	}
	c := newCodeRequest(redirect, "query", rand.Text()+rand.Text())
	page, err := x.authorizePage(ctx, app, r, m, c)
	if err != nil {
		return plugin.Grant{}, err
	}
	x.shown = p.now()
	expires := x.shown.Add(browserLife)
	if err := ui.Show(r, plugin.Prompt{Method: p.Name(), URL: page, Expires: expires}); err != nil {
		return plugin.Grant{}, err
	}
	limit, over := browserEnd(x.patience)
	bounded, cancel := context.WithTimeoutCause(ctx, limit, over)
	defer cancel()
	answer, err := p.ask(bounded, c)
	if err != nil {
		return plugin.Grant{}, err
	}
	return x.redeem(ctx, app, r, m, c, answer)
}

// deadRedirect is a redirect URI at which nobody listens, as good as certainly: a port of those that no service has
// (https://www.rfc-editor.org/rfc/rfc6335#section-6). At the port 80 there may be a server of the person's own, whose
// log would have the code.
func deadRedirect() (string, error) {
	const first, last = 49152, 65535
	n, err := rand.Int(rand.Reader, big.NewInt(last-first+1))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("http://localhost:%d", first+n.Int64()), nil
}

// ask has the person paste the answer, and again where it was something else.
func (p Paste) ask(ctx context.Context, c codeRequest) (authorization, error) {
	words := "Paste the address here and press Enter; nothing is shown of it:"
	for range mostPastes {
		pasted, err := p.Ask(ctx, words, longestPaste)
		if errors.Is(err, io.EOF) {
			return authorization{}, &plugin.RefusedError{Reason: plugin.Cancelled, Text: "the sign-in was cancelled"}
		}
		if err != nil {
			return authorization{}, err
		}
		a, what := readPasted(pasted.Reveal(), c, p.Authority.Host)
		if what == "" {
			return a, nil
		}
		words = what + ". Paste the address at which the browser ended; nothing is shown of it:"
	}
	return authorization{}, &plugin.RefusedError{Reason: plugin.Cancelled, Text: fmt.Sprintf("none of %d pasted texts was the answer to this sign-in", mostPastes)}
}

// readPasted reads the address of the redirect, or what stands behind its "?", and says what else was pasted. Nothing of
// that is in the words: it may be a secret of another kind.
func readPasted(pasted string, c codeRequest, host string) (a authorization, what string) {
	pasted = unwrap(pasted)
	switch {
	case pasted == "":
		return a, "Nothing was pasted"
	case len(pasted) > longestPaste:
		return a, fmt.Sprintf("That was longer than %d KiB", longestPaste>>10)
	}
	query := strings.TrimLeft(pasted, "/?")
	if before, _, _ := strings.Cut(pasted, "?"); strings.Trim(before, "/") != "" && !strings.Contains(before, "=") {
		if query, what = redirectQuery(pasted, c.redirect, host); what != "" {
			return a, what
		}
	}
	f, err := url.ParseQuery(query)
	if err != nil {
		return a, "That was a damaged address"
	}
	if a, what = readAuthorization(f, c.state); what != "" {
		what = "That was " + what
	}
	return a, what
}

// redirectQuery is the query of an address that has to be the redirect URI. Some browsers leave out http:// at the
// beginning.
func redirectQuery(address, redirect, host string) (query, what string) {
	if !strings.Contains(address, "://") {
		address = "http://" + strings.TrimPrefix(address, "//")
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "", "That was no address"
	case sameHost(u, host):
		return "", "That was the address of the sign-in page"
	case u.User == nil && u.Scheme == "http" && strings.EqualFold(u.Hostname(), "localhost") && u.Port() != "" && !strings.HasSuffix(redirect, ":"+u.Port()):
		return "", "That was an answer to another sign-in"
	case u.User != nil, strings.ToLower(u.Scheme+"://"+u.Host) != redirect, strings.Trim(u.Path, "/") != "":
		return "", "That was another address: the right one begins with " + redirect[:strings.LastIndexByte(redirect, ':')]
	case u.RawQuery == "":
		return "", "That address had no answer in it: click into the address bar first, then copy all of it"
	}
	return u.RawQuery, ""
}

// unwrap takes away what mail, chats and terminals put into an address and around it: spaces, line breaks, quotes, angle
// brackets, and characters that nobody sees.
func unwrap(pasted string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || strings.ContainsRune("\"'`<>“”„‘’‚«»", r) {
			return -1
		}
		return r
	}, pasted)
}

// FirstPartyError says that an application is one of Microsoft's own, for which nobody is to paste anything.
type FirstPartyError struct{ Name string }

func (e *FirstPartyError) Error() string {
	return "the client ID is that of " + e.Name + ", an application of Microsoft's own: attackers have people paste the answers of its sign-in, so that --paste takes none. " +
		"Register an application for yourselves: entralogin help application"
}

// Class is config.
func (e *FirstPartyError) Class() failure.Class { return failure.Config }
