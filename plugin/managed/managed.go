// Package managed obtains tokens as a managed identity: from a service beside the program, which Azure gives to its
// machines in six forms. https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview
//
// It makes the requests that MSAL's apps/managedidentity makes, and a test compares the two. It does not use it, for what
// MSAL does around them can't be done safely from outside:
//
//   - it reads the process's environment by itself, once to choose a service and again for each request, and not as this
//     program compares it with the caller's;
//   - it reads the key of Azure Arc's agent by its name, whatever is there and whoever it belongs to, and larger than it was
//     a moment before;
//   - it keeps each token in memory that belongs to the whole process, and answers from there who wants a new one;
//   - it sends the secret of a variable over plain http to any host.
//
// What an answer says goes into no error: it may hold the secret that was sent.
package managed

import (
	"context"
	"fmt"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Source gives tokens of a managed identity. It is a plugin.Source of requests whose Identity is "system", "client:ID",
// "object:ID" or "resource:ID", with or without "@" and a name of the machine: see cache.Key.
type Source struct {
	Getenv  func(string) string
	Trace   func(https.Exchange) // sees each request; may be nil
	Explain func(string)         // hears what was decided (-v)

	// stubbable for testing
	imds  string // the address of the metadata service; "" means Azure's
	agent agent  // the zero one is Azure Arc's
	sleep func(context.Context, time.Duration) error
	now   func() time.Time
}

// Error says why there is no token.
type Error struct {
	Kind   failure.Class
	What   string
	Advice string // whose turn it is, and the next command
	Err    error  // or nil
}

func (e *Error) Error() string { return e.What }
func (e *Error) Unwrap() error { return e.Err }

// Class is Kind.
func (e *Error) Class() failure.Class { return e.Kind }

// identity is whose token is wanted.
type identity struct{ kind, value string }

// own reports whether id is the machine's own: Azure calls it system-assigned.
func (id identity) own() bool { return id.kind == "system" }

func (id identity) String() string {
	if id.own() {
		return "the machine's own identity"
	}
	return fmt.Sprintf("the managed identity with the %s ID %s", id.kind, text.Short(id.value, 200))
}

// Token asks for a token. What it is for is written as version 1 of the token service has it: a resource, in place of
// scopes of it. Errors: *Error, which may have a *https.NetworkError within; of an answer that can't be read
// *https.AnswerError and *https.RedirectError.
func (s Source) Token(ctx context.Context, r plugin.Request, _ cache.Session) (plugin.Grant, error) {
	resource := authority.Resource(r.Scopes)
	switch {
	case r.Kind != cache.Access:
		return plugin.Grant{}, unable("a managed identity has access tokens alone, and no ID token", "Leave the kind of token out.")
	case r.KeyID != "":
		return plugin.Grant{}, unable("a managed identity has no token with proof of possession", "Leave --pop-enabled out, or sign in with --login spn.")
	case resource == "":
		return plugin.Grant{}, unable("a managed identity needs to know what the token is for", "Name it: --scope RESOURCE/.default")
	}
	c, err := s.prepare(r, resource)
	if err != nil {
		return plugin.Grant{}, err
	}
	rep, err := c.ask(ctx)
	if err != nil {
		return plugin.Grant{}, err
	}
	a, err := parse(rep)
	if err != nil {
		return plugin.Grant{}, c.senseless(err.Error())
	}
	if err := c.confirm(a); err != nil {
		return plugin.Grant{}, err
	}
	return plugin.Grant{Token: cache.Token{Kind: cache.Access, Value: a.token, Obtained: rep.at, Expires: rep.at.Add(a.life)}}, nil
}

// prepare makes the call for a token. Errors: *Error.
func (s Source) prepare(r plugin.Request, resource string) (call, error) {
	p, err := s.place()
	if err != nil {
		return call{}, err
	}
	kind, value := r.ManagedIdentity()
	id := identity{kind, value}
	s.explain("%s is asked of %s at %s, since %s", id, p.name, text.Short(p.endpoint.Host, 100), p.why)
	return s.call(p, id, resource)
}

// Look says which service would be asked, and whether it can be asked for the identity of r. It sends nothing. Errors:
// *Error.
func (s Source) Look(r plugin.Request) error {
	_, err := s.prepare(r, "")
	return err
}

// Answers asks the service whether it is there, by a request that it refuses, for it has neither header nor secret, and
// says which one it is. Errors: *Error.
func (s Source) Answers(ctx context.Context) (place string, err error) {
	p, err := s.place()
	if err != nil {
		return "", err
	}
	p.header, p.form = "", false
	c := call{Source: s, place: p}
	return fmt.Sprintf("%s (%s)", p.name, text.Short(p.endpoint.Host, 100)), c.probe(ctx)
}

func (s Source) explain(format string, args ...any) {
	if s.Explain != nil {
		s.Explain(fmt.Sprintf(format, args...))
	}
}

// unable says that what is asked for can't be had in this way.
func unable(what, advice string) *Error {
	return &Error{Kind: failure.Config, What: what, Advice: advice}
}
