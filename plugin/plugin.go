// Package plugin is the middle of entralogin: what a front end asks for (Request), what a source gives
// (Grant), and the cache between them (Cached).
//
// A front end (plugin/kube, plugin/git, plugin/graph) turns what its caller sent into a Request and
// writes the answer. A source (plugin/entra) turns a Request into a Grant. Neither knows the other.
package plugin

import (
	"context"
	"time"

	"github.com/entralogin/entralogin/cache"
)

// Request asks for one token.
type Request struct {
	cache.Key

	// Claims is a claims challenge (the JSON of the OpenID Connect claims parameter) that the token
	// has to satisfy; see https://learn.microsoft.com/entra/identity-platform/claims-challenge. With
	// it no stored token will do. It is no part of the Key: the token replaces the one without.
	Claims string

	// Renew says that no stored token will do, however fresh: what the account may do has changed. It
	// asks for no sign-in where a refresh token serves.
	Renew bool

	// Asker says in a few words who wants the token and for what: "kubectl, for the cluster
	// https://10.0.0.1". It is shown in the prompt; foreign text in it has been through Clean.
	Asker string

	// Why says why a sign-in is needed though somebody has signed in before; "" where nobody has. Cached
	// fills it in, and it is shown in the prompt.
	Why string

	// Asked says that somebody wants the sign-in itself, as entralogin login does: then what is remembered of refusals
	// does not count.
	Asked bool

	// Unattended says why no person may be asked, such as "CI is set"; "" allows the prompt.
	Unattended string

	// Unseen says that Unattended is about this process alone, whose words nobody sees: the person at an agent may be asked.
	Unseen bool

	// Origin is a header that requests to the token endpoint get: the codes and refresh tokens of a redirect URI that is
	// registered for a single-page application are redeemed with one alone. "" sends none.
	Origin string

	// PromptTimeout ends a prompt before its code does; 0 leaves it as long as the code lives.
	PromptTimeout time.Duration
}

// bypassCache reports whether no stored token will do.
func (r Request) bypassCache() bool { return r.Renew || r.Claims != "" }

// Prompt is what a person needs to sign in. All its text has been checked and cleaned.
type Prompt struct {
	Method   string    // the name of the Method
	URL      string    // the page to open; "" where a window opens by itself
	UserCode string    // the code to enter there (RFC 8628, section 3.2); "" where the method has none
	Forward  string    // the machine to which the port of URL has to be forwarded; "": the browser runs on it
	Expires  time.Time // when that ends, or the asking before that
}

// The names of two methods. DeviceCode is the one whose prompt shows a code; the others show an address, or a window.
// Paste has the person bring back an address to where it was asked for, and to no other place.
const (
	DeviceCode = "devicecode"
	Paste      = "paste"
)

// until returns p as it is shown by a process that asks no longer than to the end of limit after start.
func (p Prompt) until(start time.Time, limit time.Duration) Prompt {
	if end := start.Add(limit); limit > 0 && end.Before(p.Expires) {
		p.Expires = end
	}
	return p
}

// UI shows people what they are asked.
type UI interface {
	// Show puts a prompt before the person. It is called by the process that asks, and by those that wait for
	// it. An error ends the sign-in.
	Show(Request, Prompt) error
	// Count shows how much time is left, until the returned function is called.
	Count(Request, Prompt) (stop func())
}

// Screen is a terminal on which a person sees what UI can't put before them.
type Screen struct {
	ID   cache.FileID // tells terminals apart
	Show func(Request, Prompt) error
}

// Method is a way to sign in that needs a person.
type Method interface {
	// Name is the method's name in the setting login: "devicecode".
	Name() string
	// Grant asks the person by ui, once there is something to show. Errors are those of Source, and
	// *RefusedError. The Session of the Grant holds the new entries alone.
	Grant(ctx context.Context, r Request, ui UI) (Grant, error)
}

// Grant is what a source obtained.
type Grant struct {
	Token   cache.Token
	Session cache.Session // the entries to keep, merged into the stored session; zero if none changed
}

// Source turns a Request into a token. s is the session that is stored for r.SessionID.
//
// A Grant may come together with an error: a Session in it (a rotated refresh token) has to be kept
// all the same, and a Token in it is valid though the service could not renew it.
//
// Errors are *InteractionRequiredError, *RefusedError, *NetworkError, *AnswerError, the error of the context,
// or errors of the source's own.
type Source interface {
	Token(ctx context.Context, r Request, s cache.Session) (Grant, error)
}

// TokenSource gives tokens. Errors are those of Source, and *UnattendedError.
type TokenSource interface {
	Token(ctx context.Context, r Request) (cache.Token, error)
}
